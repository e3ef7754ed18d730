/** `tidegate version`: of this program, and of the gateway where one is named. */
import { EXIT, type CommandIO } from '../../command/io.ts';
import { VERSION } from '../../telemetry/version.ts';
import { showFields, showValue, type OutputFormat } from '../output/output.ts';
import type { ClientFlags } from '../types.ts';

export async function runVersion(
  options: ClientFlags & { readonly output: OutputFormat; readonly client?: boolean },
  io: CommandIO,
): Promise<number> {
  const gateway =
    options.client === true
      ? undefined
      : await (await import('../gateway/gateway-version.ts')).gatewayVersion(options, io);
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
  return EXIT.ok;
}
