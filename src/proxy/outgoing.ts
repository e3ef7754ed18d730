/** What a call looks like to its upstream: path, headers, body, and the signature where one is asked for. */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { GUARDRAIL_HEADERS, guardrailHeaders } from '../providers/bedrock/guardrail-attachment.ts';
import type { Operation, SigningCredentials } from '../providers/wire.ts';
import type { GuardrailCheck } from './guardrails/guardrail-check.ts';
import { sha256Of } from './held-body.ts';
import { passCredential } from './passed-credential.ts';
import type { ProviderState } from './providers.ts';
import { without } from './request-head.ts';
import type { RequestHead } from './request-head.ts';

/** A request's body on its way to the upstream. */
export interface ForwardedBody {
  readonly body: Buffer | Readable | null;
  /** In bytes; undefined when only its end tells, and for none. */
  readonly length: number | undefined;
  /** It is not what the client sent; absent: it is. */
  readonly isChanged?: boolean;
  /** SHA-256, lower-case hex; there whenever the body is whole. */
  sha256?(): string;
}

/** Headers that vouch for a body: RFC 1864, RFC 3230, RFC 9530. */
const DIGESTS = ['content-md5', 'digest', 'content-digest', 'repr-digest'];

/** A request as undici takes it. */
export type RequestOptions = Dispatcher.DispatchOptions & {
  readonly path: string;
  readonly method: string;
  readonly headers: string[];
};

/** A request that can be sent. */
export interface Outgoing {
  readonly options: RequestOptions;
  readonly signedWith: SigningCredentials | undefined;
}

/** What is to be sent, but for its body. */
export interface OutgoingCall {
  readonly provider: ProviderState;
  readonly head: RequestHead;
  readonly operation: Operation;
  readonly guardrails?: GuardrailCheck | undefined;
}

/**
 * The request of a call: at once, unless it has to be signed with credentials that must be fetched first. `isLookedInto`: the
 * gateway reads the answer.
 * @throws CredentialError, or rejects with it, when there are no credentials to sign with.
 */
export function outgoing(call: OutgoingCall, sent: ForwardedBody, isLookedInto: boolean): Outgoing | Promise<Outgoing> {
  const options = unsigned(call, sent, isLookedInto);
  const { credentials } = call.provider;
  if (credentials === undefined) return { options, signedWith: undefined };
  const bodySHA256 = sent.sha256?.() ?? sha256Of([]);
  const current = credentials.current();
  return current instanceof Promise
    ? current.then((known) => signed(call, options, known, bodySHA256))
    : signed(call, options, current, bodySHA256);
}

function unsigned(
  { provider, head, operation, guardrails }: OutgoingCall,
  sent: ForwardedBody,
  isLookedInto: boolean,
): RequestOptions {
  const { entry, wire } = provider;
  let headers = head.forwarded;
  // What the gateway has to read must not come compressed.
  if (isLookedInto) {
    headers = without(headers, ['accept-encoding']);
    headers.push('accept-encoding', 'identity');
  }
  if (sent.isChanged === true) headers = without(headers, DIGESTS);
  headers = provider.withOwnHeaders(headers, operation.api);
  if (provider.passesCredential) passCredential(head, headers);
  const attachment = guardrails?.attachment;
  if (attachment?.place === 'Headers') {
    headers = without(headers, GUARDRAIL_HEADERS);
    headers.push(...guardrailHeaders(attachment.guardrail));
  }
  const { body, length } = sent;
  if (body !== null && length !== undefined) headers.push('content-length', String(length));
  return {
    path: wire.joinPath(entry, head),
    method: head.method,
    headers,
    body,
    headersTimeout: entry.timeouts.firstByteSeconds * 1000,
    bodyTimeout: entry.timeouts.idleSeconds * 1000,
  };
}

function signed(
  { provider, operation }: OutgoingCall,
  options: RequestOptions,
  credentials: SigningCredentials,
  bodySHA256: string,
): Outgoing {
  const { path, method, headers } = options;
  const host = new URL(provider.upstreamOf(operation).origin).host;
  const request = { method, host, path, headers, bodySHA256 };
  const signature = provider.wire.sign?.(provider.entry, request, credentials, new Date()) ?? [];
  const names = signature.map(([name]) => name.toLowerCase());
  return {
    options: { ...options, headers: [...without(headers, names), ...signature.flat()] },
    signedWith: credentials,
  };
}
