/** `tidegate profile list|use|delete`: the gateways that this machine knows. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { showList, type OutputFormat } from '../output/output.ts';
import type { Profile, Profiles } from '../profiles/profile.ts';
import { ProfileStore } from '../profiles/store.ts';
import { forgetTokens } from '../tokens/stored-tokens.ts';

interface Row {
  readonly profile: Profile;
  readonly isCurrent: boolean;
}

export async function runProfileList(options: { readonly output: OutputFormat }, io: CommandIO): Promise<number> {
  const { profiles, currentProfile } = await new ProfileStore(io.env).read();
  const { output } = options;
  if (output === 'json' || output === 'yaml') {
    const items = profiles.map((profile) => ({ ...profile, current: profile.name === currentProfile }));
    await showList(io, output, items, { columns: [], nameOf: ({ name }) => name, empty: '' });
    return EXIT.ok;
  }
  const rows = profiles.map((profile) => ({ profile, isCurrent: profile.name === currentProfile }));
  await showList<Row>(io, output, rows, {
    columns: [
      { title: 'CURRENT', value: ({ isCurrent }) => (isCurrent ? '*' : '') },
      { title: 'NAME', value: ({ profile }) => profile.name },
      { title: 'URL', value: ({ profile }) => profile.url },
      { title: 'NAMESPACE', value: ({ profile }) => profile.namespace ?? '' },
      { title: 'ISSUER', value: ({ profile }) => profile.login?.issuer ?? '', wide: true },
      { title: 'SIGN-IN', value: ({ profile }) => profile.login?.grantType ?? '', wide: true },
    ],
    nameOf: ({ profile }) => profile.name,
    empty: 'no profiles: run "tidegate login URL"',
  });
  return EXIT.ok;
}

export async function runProfileUse({ arguments: [name = ''] }: Named, io: CommandIO): Promise<number> {
  await new ProfileStore(io.env).update((profiles) => ({ ...profiles, currentProfile: known(profiles, name).name }));
  io.stderr.write(`Using profile "${name}".\n`);
  return EXIT.ok;
}

/** Its tokens go with it. */
export async function runProfileDelete({ arguments: [name = ''] }: Named, io: CommandIO): Promise<number> {
  const store = new ProfileStore(io.env);
  known(await store.read(), name);
  await forgetTokens(name, io);
  await store.update(({ profiles, currentProfile }) => ({
    currentProfile: currentProfile === name ? undefined : currentProfile,
    profiles: profiles.filter((profile) => profile.name !== name),
  }));
  io.stderr.write(`Deleted profile "${name}".\n`);
  return EXIT.ok;
}

interface Named {
  readonly arguments: readonly string[];
}

function known({ profiles }: Profiles, name: string): Profile {
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  throw new CommandError(`there is no profile "${name}"`, EXIT.usage, {
    hint: 'tidegate profile list shows those that there are',
  });
}
