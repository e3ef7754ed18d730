/** The process log: JSON lines on standard output. Secrets never reach it: they are `Redacted`, headers are not logged. */
import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  /** One of pino's levels, or `silent`. */
  readonly level: string;
  /** Default: standard output, in batches. */
  readonly destination?: DestinationStream;
}

/**
 * Lines are written when so many bytes wait, or after so long, and all that wait when the process exits: one write a line
 * costs a tenth of a proxied request's CPU time. What kills the process outright (SIGKILL) takes them along.
 */
const BATCH_BYTES = 8192;
const BATCH_MILLISECONDS = 100;

/** Errors are logged by class, code, message and cause chain; never with the enumerable fields that libraries hang on them. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

export function createLogger({ level, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    destination ?? pino.destination({ fd: 1, sync: false, minLength: BATCH_BYTES, periodicFlush: BATCH_MILLISECONDS }),
  );
}
