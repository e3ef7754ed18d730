/** What a command sees of the process around it; `main.ts` alone touches the real one. */
export interface CommandIO {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at the first SIGTERM or SIGINT: stop gracefully. A second signal ends the process at once. */
  readonly signal: AbortSignal;
}

export interface TextSink {
  write(text: string): unknown;
}

/**
 * Exit statuses of every command.
 *
 * - `ok`: done, or stopped as asked
 * - `failure`: it ran, and something is wrong (a manifest is invalid, leadership was lost)
 * - `usage`: it was called wrongly, or its configuration cannot be used
 */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

/** A command cannot go on; `message` is for the person who called it and needs no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number;

  constructor(message: string, status: number = EXIT.usage, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
