/** `GET /llm/v1/requests/<id>`: the answer. Fields are added to it, none is taken away. src/client mirrors it. */
import type { AudioTokens, TokenClass } from '../../usage/record.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { RequestedProvider } from '../request-record.ts';

export interface RequestAnswer {
  /** Host name of the proxy that served the request: its pod. */
  readonly proxy: string;
  readonly request: RequestDocument;
}

/**
 * What the access log tells of a request, and what explains it. Of the client's bytes it holds the method, the words of the
 * path, and the model; no header, query, body, credential or matched text. What is not known is absent.
 */
export interface RequestDocument extends RequestFacts {
  /** RFC 3339. */
  readonly startedAt: string;
  /** See `shownPath`. */
  readonly path: string;
  /** What the URL names, whether it is there or not. Absent: the URL is about no provider. */
  readonly requested?: RequestedProvider | undefined;
  /** Of the routing table that was served when the request came. */
  readonly revision?: string | undefined;
  /** `metadata.generation` of the provider that served. */
  readonly generation?: number | undefined;
  /** Why the gateway refused or ended the request, as its client was told. Absent where that may quote the client. */
  readonly message?: string | undefined;
  /** False: the answer is the gateway's own. */
  readonly forwarded: boolean;
  readonly streamed: boolean;
  readonly clientDisconnected: boolean;
  /** The model that served, as the upstream names it. */
  readonly servedModel?: string | undefined;
  /** As the upstream names it. */
  readonly serviceTier?: string | undefined;
  /** Parts of the tokens that are audio. */
  readonly audioTokens?: AudioTokens | undefined;
  /** USD, all digits. */
  readonly costUSDByClass?: Readonly<Partial<Record<TokenClass, string>>> | undefined;
  /** That the client took for a body which was waited for. */
  readonly waitedMs?: number | undefined;
  /** From the request to the first byte of the answer's body. */
  readonly firstByteMs?: number | undefined;
}
