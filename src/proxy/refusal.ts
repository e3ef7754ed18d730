/** The gateway's own answers. Each has a status and a code; whose errors it looks like, the entry says. */
import type { Refusal, RefusalBody } from '../providers/wire.ts';
import { bearerChallenge } from './authentication/challenge.ts';

/** Codes of `x-tidegate-error` with their status. */
export const REFUSALS = {
  InvalidRequest: 400,
  /** A guardrail does not let the request pass. */
  GuardrailBlocked: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  ProviderDisabled: 403,
  ModelNotAllowed: 403,
  ProviderNotFound: 404,
  /** This proxy has no record of the request. */
  RequestNotFound: 404,
  /** The URL is none of the gateway's. */
  NotFound: 404,
  MethodNotAllowed: 405,
  /** The client did not send its body in time. */
  RequestTimeout: 408,
  RequestTooLarge: 413,
  /** A defect of the gateway. */
  InternalError: 500,
  UpstreamUnreachable: 502,
  /** The upstream's list of models has a form that cannot be cut down to the allowed ones. */
  ModelListUnreadable: 502,
  CredentialsUnavailable: 503,
  /** A guardrail of the provider is missing or cannot be used, or whom it asks gives no verdict. */
  GuardrailUnavailable: 503,
  /** The authority that vouches for callers cannot be asked. */
  IdentityUnavailable: 503,
  Overloaded: 503,
  /** The proxy has no routing table yet. */
  NotReady: 503,
  Draining: 503,
  UpstreamTimeout: 504,
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** Why a step did not let the request on. */
export interface Rejection {
  readonly code: RefusalCode;
  readonly message: string;
  /** With `MethodNotAllowed`: the methods that are (RFC 9110 §10.2.1). */
  readonly allow?: string;
  /** With `Unauthenticated`: a credential came, and is not good. */
  readonly invalidToken?: boolean;
  /** With `Unauthenticated`: why, in a word, for the access log. */
  readonly reason?: string;
  /** Seconds after which the same request may well pass: SDKs are told to try it again. */
  readonly retryAfterSeconds?: number;
  /** The provider has answered, and bills that: SDKs are told not to repeat the call by themselves. */
  readonly isBilled?: true;
  /** Further headers of the answer, names and values in turn. */
  readonly headers?: readonly string[];
}

/** A defect, of which the client is told no more. The log says what it was. */
export const INTERNAL_ERROR: Rejection = {
  code: 'InternalError',
  message: 'The gateway failed. Its log says more.',
};

/** Statuses that a retry cannot mend: both big SDKs obey the header that says so. */
const FINAL = new Set([400, 401, 403, 404, 405, 413]);

/** Seconds after which a client may try again, for refusals that pass. */
const RETRY_AFTER: Partial<Record<RefusalCode, string>> = {
  Overloaded: '1',
  Draining: '1',
  NotReady: '2',
  IdentityUnavailable: '5',
};

export interface RefusalAnswer {
  readonly status: number;
  /** Names and values in turn, apart from those that every answer of the gateway's own has. */
  readonly headers: string[];
  readonly body: Buffer;
}

/** The answer that tells `rejection`. `publicURL`: the gateway's own, of which a challenge tells more. */
export function refusalAnswer(
  rejection: Rejection,
  requestId: string,
  shape: (refusal: Refusal) => RefusalBody,
  publicURL: string | undefined,
): RefusalAnswer {
  const refusal = toRefusal(rejection, requestId);
  const { contentType, headers: further = [], body } = shape(refusal);
  const headers = ['content-type', contentType, ...further.flat(), 'x-tidegate-error', refusal.code];
  if (FINAL.has(refusal.status) || rejection.isBilled === true) headers.push('x-should-retry', 'false');
  if (rejection.retryAfterSeconds !== undefined) headers.push('x-should-retry', 'true');
  const retryAfter = rejection.retryAfterSeconds?.toString() ?? RETRY_AFTER[rejection.code];
  if (retryAfter !== undefined) headers.push('retry-after', retryAfter);
  // A 403 has no challenge: what is missing is a RoleBinding, and `insufficient_scope` (RFC 6750 §3.1) would send clients
  // for another token that is no better.
  if (rejection.code === 'Unauthenticated') {
    const problem = rejection.invalidToken === true ? rejection.message : undefined;
    headers.push('www-authenticate', bearerChallenge(problem, publicURL));
  }
  for (const text of rejection.headers ?? []) headers.push(text);
  if (rejection.allow !== undefined) headers.push('allow', rejection.allow);
  return { status: refusal.status, headers, body };
}

export function toRefusal({ code, message }: Rejection, requestId: string): Refusal {
  return { status: REFUSALS[code], code, message, requestId };
}
