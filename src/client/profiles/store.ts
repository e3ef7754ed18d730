/** The file with the profiles. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../command/io.ts';
import { configurationFile, isMissing } from './paths.ts';
import type { LoginGrantType, Profile, ProfileLogin, Profiles } from './profile.ts';

const API_VERSION = 'client.tidegate.io/v1alpha1';
const KIND = 'ClientConfiguration';
const MAX_CHARACTERS = 1024 * 1024;
const GRANT_TYPES: readonly LoginGrantType[] = ['authorization_code', 'device_code', 'client_credentials'];
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

export const NO_PROFILES: Profiles = { currentProfile: undefined, profiles: [] };

export class ProfileStore {
  readonly file: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.file = configurationFile(env);
  }

  /** Those of the file; none when there is no file. Throws a CommandError that says what is wrong with it. */
  async read(): Promise<Profiles> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      if (isMissing(error)) return NO_PROFILES;
      throw new CommandError(`cannot read ${this.file}: ${(error as Error).message}`);
    }
    if (text.length > MAX_CHARACTERS) throw new CommandError(`${this.file} is larger than 1 MiB`);
    const { parse } = await import('yaml');
    try {
      return readProfiles(parse(text));
    } catch (error) {
      throw new CommandError(`${this.file}: ${(error as Error).message}`, undefined, {
        hint: 'mend the file, or delete it and run "tidegate login"',
      });
    }
  }

  /** Puts a changed file in the place of the old one, whole. */
  async write({ currentProfile, profiles }: Profiles): Promise<void> {
    const { stringify } = await import('yaml');
    const text = stringify({ apiVersion: API_VERSION, kind: KIND, currentProfile, profiles });
    const draft = `${this.file}.${randomUUID()}`;
    try {
      await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
      await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
      await rename(draft, this.file);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw new CommandError(`cannot write ${this.file}: ${(error as Error).message}`, 1, { cause: error });
    }
  }

  async update(change: (profiles: Profiles) => Profiles): Promise<Profiles> {
    const changed = change(await this.read());
    await this.write(changed);
    return changed;
  }
}

/** Adds a profile, or puts it in the place of the one of the same name, and makes it the current one. */
export function withProfile({ profiles }: Profiles, profile: Profile): Profiles {
  const others = profiles.filter(({ name }) => name !== profile.name);
  return {
    currentProfile: profile.name,
    profiles: [...others, profile].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Throws a CommandError that says what a profile may be called. */
export function requireProfileName(name: string): string {
  if (NAME.test(name)) return name;
  throw new CommandError(
    `a profile's name must be of at most 63 letters, digits, ".", "_" and "-", and begin and end with a letter or digit`,
  );
}

/** Throws a sentence about the first thing that is wrong. */
function readProfiles(value: unknown): Profiles {
  const document = record(value, 'the document');
  if (document['apiVersion'] !== API_VERSION || document['kind'] !== KIND)
    throw new Error(`must be a ${KIND} of ${API_VERSION}`);
  const list = document['profiles'] ?? [];
  if (!Array.isArray(list)) throw new Error('`profiles` must be a list');
  const profiles = list.map((item: unknown, i) => readProfile(record(item, `profiles[${i}]`), `profiles[${i}]`));
  const repeated = profiles.find(({ name }, i) => profiles.findIndex((other) => other.name === name) !== i);
  if (repeated !== undefined) throw new Error(`there are two profiles "${repeated.name}"`);
  const currentProfile = optionalText(document, 'currentProfile', '');
  return { currentProfile, profiles };
}

function readProfile(value: Record<string, unknown>, at: string): Profile {
  const namespace = optionalText(value, 'namespace', at);
  const certificateAuthority = optionalText(value, 'certificateAuthority', at);
  return {
    name: requireProfileName(text(value, 'name', at)),
    url: text(value, 'url', at),
    ...(namespace !== undefined && { namespace }),
    ...(certificateAuthority !== undefined && { certificateAuthority }),
    ...(value['login'] !== undefined && { login: readLogin(record(value['login'], `${at}.login`), `${at}.login`) }),
  };
}

function readLogin(value: Record<string, unknown>, at: string): ProfileLogin {
  const grantType = GRANT_TYPES.find((each) => each === value['grantType']);
  if (grantType === undefined) throw new Error(`\`${at}.grantType\` must be one of ${GRANT_TYPES.join(', ')}`);
  const scopes = value['scopes'] ?? [];
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string'))
    throw new Error(`\`${at}.scopes\` must be a list of strings`);
  const audience = optionalText(value, 'audience', at);
  const resource = optionalText(value, 'resource', at);
  const clientSecretFile = optionalText(value, 'clientSecretFile', at);
  return {
    issuer: text(value, 'issuer', at),
    clientID: text(value, 'clientID', at),
    grantType,
    scopes,
    ...(audience !== undefined && { audience }),
    ...(resource !== undefined && { resource }),
    ...(clientSecretFile !== undefined && { clientSecretFile }),
  };
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${what} must be an object`);
}

function text(value: Record<string, unknown>, key: string, at: string): string {
  const found = optionalText(value, key, at);
  if (found === undefined || found === '') throw new Error(`\`${at}.${key}\` is missing`);
  return found;
}

function optionalText(value: Record<string, unknown>, key: string, at: string): string | undefined {
  const found = value[key];
  if (found === undefined || found === null) return undefined;
  if (typeof found !== 'string') throw new Error(`\`${at === '' ? key : `${at}.${key}`}\` must be a string`);
  return found;
}
