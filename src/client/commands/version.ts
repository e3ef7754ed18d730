/** `tidegate version`: of this program, and of the gateway where one is named. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { VERSION } from '../../telemetry/version.ts';
import { showFields, showValue, type OutputFormat } from '../output/output.ts';
import { NoGatewayError } from '../settings.ts';
import { openSession, type Session } from '../session.ts';
import { Gateway } from '../gateway/gateway.ts';
import type { ClientFlags } from '../types.ts';

export async function runVersion(
  options: ClientFlags & { readonly output: OutputFormat; readonly client?: boolean },
  io: CommandIO,
): Promise<number> {
  const gateway = options.client === true ? undefined : await gatewayVersion(options, io);
  const { output } = options;
  const known = { client: VERSION, ...(gateway?.version !== undefined && { gateway: gateway.version }) };
  if (output === 'json' || output === 'yaml') await showValue(io, output, known);
  else {
    const shown =
      gateway === undefined
        ? []
        : [['Gateway', `${gateway.version ?? 'version told to callers that are signed in'} (${gateway.url})`] as const];
    await showFields(io, [['Client', VERSION], ...shown]);
  }
  return EXIT.ok;
}

/** Undefined: no gateway is named. */
async function gatewayVersion(
  flags: ClientFlags,
  io: CommandIO,
): Promise<{ readonly url: string; readonly version: string | undefined } | undefined> {
  let session: Session;
  try {
    session = await openSession(flags, io);
  } catch (error) {
    if (error instanceof NoGatewayError) return undefined;
    throw error;
  }
  const { gateway, settings } = session;
  const { version } = await gateway.authentication().catch(async (error: unknown) => {
    if (!(error instanceof CommandError) || error.status !== EXIT.signIn) throw error;
    // It is there, at least.
    return new Gateway(settings, undefined, io.signal).authentication();
  });
  return { url: settings.url, version };
}
