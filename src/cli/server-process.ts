/** What the commands that serve until they are told to stop have in common. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigurationError } from '../config/document.ts';
import { loadConfiguration } from '../config/file.ts';
import type { TidegateConfiguration } from '../config/types.ts';
import type { Authentication } from '../identity/authentication.ts';
import { KubeError } from '../kube/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import { CommandError, EXIT } from '../command/io.ts';

/** @throws {CommandError} that names what is wrong in `file`, with line and column */
export async function readConfiguration(file: string | undefined): Promise<TidegateConfiguration> {
  try {
    return await loadConfiguration(file);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CommandError(error.message, EXIT.usage, { cause: error });
    throw error;
  }
}

/** For a `catch`: what kept the cluster's credentials from being read is the caller's to mend and needs no stack. */
export function credentialsError(error: unknown): never {
  if (error instanceof KubeError) throw new CommandError(error.message, EXIT.usage, { cause: error });
  throw error;
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use: stop what listens there, or choose another one',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'ports below 1024 need more rights',
  ENOTFOUND: 'the host name cannot be resolved',
};

/** For the `catch` of a listener: says which address of which flag cannot be had, or which file of `tls`, and why. */
export function listenError(flag: string, address: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ConfigurationError) throw new CommandError(error.message, EXIT.usage, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = LISTEN_ERRORS[code] ?? code;
    throw new CommandError(`cannot listen on ${address} (${flag}): ${why}`, EXIT.failure, { cause: error });
  };
}

export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** How long a process that has cut requests stays for a last scrape: a pod's grace period has 15 seconds to spare. */
const LAST_SCRAPE_MILLISECONDS = 10_000;

/** After a drain that had to cut: says so, and stays a while, lest the counter that tells of it go with its process. */
export async function tellOfCut(cut: number, drainSeconds: number, log: Logger): Promise<void> {
  log.warn({ cut }, 'requests were ended because the time to drain was over');
  await delay(Math.min(LAST_SCRAPE_MILLISECONDS, drainSeconds * 100));
}

/** How long the first requests wait for the signing keys of issuers. One that is down holds nobody up any longer. */
const WARM_UP_MILLISECONDS = 5000;

/** Resolves when the signing keys of all issuers have been tried, or after five seconds, or when `signal` aborts. */
export async function warmUp(authentication: Authentication, signal: AbortSignal): Promise<void> {
  const patience = delay(WARM_UP_MILLISECONDS, undefined, { signal, ref: false }).catch(() => undefined); // aborted
  await Promise.race([authentication.warmed(), patience]);
}
