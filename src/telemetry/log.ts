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
const BATCH_BYTES = 32 * 1024;
const WRITE_BYTES = 64 * 1024;
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

/** Milliseconds of the second that {@link secondText} is of. */
let second = -1;
let secondText = '';

/** The member `time` of a line (RFC 3339, UTC). The text of a second is made once: it is most of a busy line's time. */
function timestamp(): string {
  const now = Date.now();
  const milliseconds = now % 1000;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    secondText = `,"time":"${new Date(second).toISOString().slice(0, -4)}`;
  }
  return `${secondText}${String(milliseconds).padStart(3, '0')}Z"`;
}

/** Where the lines of a logger go that this room has made. */
const destinations = new WeakMap<Logger, DestinationStream>();

/**
 * Writes a line of the level `info`, whatever the logger's level is, whose members are JSON already: half of what a busy
 * line costs is making JSON of them.
 *
 * @param members JSON of an object that has at least one
 */
export function writeMembers(log: Logger, members: string, message: string): void {
  const destination = destinations.get(log);
  // One with members of its own (a child), or of somebody else's making.
  if (destination === undefined) log.info(JSON.parse(members), message);
  else destination.write(`{"level":"info"${timestamp()},${members.slice(1, -1)},"msg":${JSON.stringify(message)}}\n`);
}

/**
 * Standard output in batches. Lines are handed over as bytes: of texts, the stream would measure all that waits again at
 * each of them, which made a quarter of a proxied request's garbage.
 */
function standardOutput(): DestinationStream {
  const stream = pino.destination({
    fd: 1,
    sync: false,
    contentMode: 'buffer',
    minLength: BATCH_BYTES,
    maxWrite: WRITE_BYTES,
    periodicFlush: BATCH_MILLISECONDS,
  });
  // Its types know of text alone.
  return { write: (line) => void stream.write(Buffer.from(line) as unknown as string) };
}

export function createLogger({ level, destination: given }: LoggerOptions): Logger {
  const destination = given ?? standardOutput();
  const log = pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    destination,
  );
  destinations.set(log, destination);
  return log;
}
