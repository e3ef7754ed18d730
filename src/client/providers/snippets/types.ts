/** What a snippet is written for. */

/** Tools that a provider can be connected to. */
export const CLIENTS = [
  'python',
  'node',
  'curl',
  'claude',
  'codex',
  'gemini',
  'continue',
  'cursor',
  'aws-python',
  'aws-node',
] as const;
export type ClientName = (typeof CLIENTS)[number];

export interface Place {
  readonly provider: string;
  /** Of the provider's own API behind the gateway, without a trailing slash. */
  readonly url: string;
  readonly model: string;
  /** Prints a token: `tidegate token`, with what it takes to mean this gateway. Undefined: the gateway asks nobody for one. */
  readonly tokenCommand: string | undefined;
  /** The caller's own credential goes on to the upstream, and the gateway's token in a header of its own. */
  readonly passthrough: boolean;
}

/** Writes the text for one tool. */
export type Snippet = (place: Place) => string;
