/** `tidegate whoami`: who the gateway takes the caller for. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { showFields, showValue, type OutputFormat } from '../output/output.ts';
import { plain } from '../output/style.ts';
import { openSession } from '../session.ts';
import type { ClientFlags } from '../types.ts';

export async function runWhoami(
  options: ClientFlags & { readonly output: OutputFormat },
  io: CommandIO,
): Promise<number> {
  const { gateway, settings, profile } = await openSession(options, io);
  const { caller, anonymous } = await gateway.authentication();
  if (caller === undefined) {
    if (!anonymous)
      throw new CommandError('the gateway found no token in the request', EXIT.signIn, {
        hint: 'something on the way takes the header X-Tidegate-Authorization',
      });
    io.stderr.write(`${settings.url} asks nobody who they are\n`);
    return EXIT.ok;
  }
  const { output } = options;
  if (output === 'json' || output === 'yaml') await showValue(io, output, caller);
  else if (output === 'name') io.stdout.write(`${plain(caller.username)}\n`);
  else {
    showFields(io, [
      ['Gateway', settings.url],
      ...(profile === undefined ? [] : [['Profile', profile.name] as const]),
      ['User', caller.username],
      ['Groups', caller.groups.join(', ')],
      ...(caller.agent === undefined ? [] : [['Agent', caller.agent] as const]),
      ...(caller.expiresAt === undefined ? [] : [['Token ends', caller.expiresAt] as const]),
    ]);
  }
  return EXIT.ok;
}
