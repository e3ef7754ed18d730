/** Which version a gateway is of. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { openSession, type Session } from '../session.ts';
import { NoGatewayError } from '../settings.ts';
import type { ClientFlags } from '../types.ts';
import { Gateway } from './gateway.ts';

/** Undefined: no gateway is named. */
export async function gatewayVersion(
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
