/** What a command sees of the process around it, and how it ends. */

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
  /** A person reads it. */
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
}

/**
 * Exit statuses of every command.
 *
 * - `ok`: done, or stopped as asked
 * - `failure`: it ran, and something is wrong (a manifest is invalid, leadership was lost, a provider failed its test)
 * - `usage`: it was called wrongly, or its configuration cannot be used
 * - `signIn`: there is no usable token for the gateway
 * - `forbidden`: the gateway, or the cluster, does not let the caller do this
 * - `unreachable`: the gateway, or the cluster, cannot be reached
 */
export const EXIT = { ok: 0, failure: 1, usage: 2, signIn: 3, forbidden: 4, unreachable: 5 } as const;

/** A command cannot go on; `message` is for the person who called it and needs no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number;
  /** What to do about it; undefined: the message says it. */
  readonly hint: string | undefined;

  constructor(message: string, status: number = EXIT.usage, options?: ErrorOptions & { readonly hint?: string }) {
    super(message, options);
    this.status = status;
    this.hint = options?.hint;
  }
}
