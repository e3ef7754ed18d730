/** `tidegate token`: a token for scripts, on stdout and nowhere else. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { openSession } from '../session.ts';
import type { ClientFlags } from '../types.ts';

export interface TokenOptions extends ClientFlags {
  /** `namespace/name`: asks the cluster of the kubeconfig for a token of this ServiceAccount. */
  readonly serviceAccount?: string;
  /** With `serviceAccount`; default: what the gateway accepts. */
  readonly audience?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Seconds for which the token has to be good. */
  readonly validSeconds?: number;
}

export async function runToken(options: TokenOptions, io: CommandIO): Promise<number> {
  if (options.serviceAccount !== undefined) {
    const { serviceAccountToken } = await import('../kubernetes/service-account-token.ts');
    io.stdout.write(`${(await serviceAccountToken(options, options.serviceAccount, io)).reveal()}\n`);
    return EXIT.ok;
  }
  const { tokens, settings } = await openSession(options, io);
  const token = await tokens.token((options.validSeconds ?? 60) * 1000);
  if (token === undefined) throw new CommandError(`${settings.url} asks nobody for a token`, EXIT.failure);
  io.stdout.write(`${token.value.reveal()}\n`);
  return EXIT.ok;
}
