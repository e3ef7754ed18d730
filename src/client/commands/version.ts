/** `tidegate version`: of this program, and of the gateway where one is named. */
import { EXIT, type CommandIO } from '../../command/io.ts';
import type { gatewayVersion } from '../gateway/gateway-version.ts';
import { VERSION } from '../../telemetry/version.ts';
import { showFields, showValue, type OutputFormat } from '../output/output.ts';
import type { ClientFlags } from '../types.ts';

export async function runVersion(
  options: ClientFlags & { readonly output: OutputFormat; readonly client?: boolean },
  io: CommandIO,
): Promise<number> {
  const asked = options.client === true ? undefined : await askGateway(options, io);
  const { gateway, error } = asked ?? {};
  const { output } = options;
  const known = { client: VERSION, ...(gateway?.version !== undefined && { gateway: gateway.version }) };
  if (output === 'json' || output === 'yaml') await showValue(io, output, known);
  else {
    const shown =
      gateway === undefined
        ? []
        : [['Gateway', `${gateway.version ?? 'version told to callers that are signed in'} (${gateway.url})`] as const];
    showFields(io, [['Client', VERSION], ...shown]);
  }
  // What is asked of whoever has a problem, a gateway that does not answer among them: its own is told in any case.
  if (error !== undefined) throw error;
  return EXIT.ok;
}

interface Asked {
  readonly gateway?: Awaited<ReturnType<typeof gatewayVersion>>;
  readonly error?: Error;
}

async function askGateway(flags: ClientFlags, io: CommandIO): Promise<Asked> {
  try {
    return { gateway: await (await import('../gateway/gateway-version.ts')).gatewayVersion(flags, io) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
