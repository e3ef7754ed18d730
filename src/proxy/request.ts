/**
 * One request on its walk through the steps: route, identify, admit, forward, account. Each step is a function or an
 * object of its own; this one says which comes next. A verdict that is at hand costs no promise: the usual request goes
 * from its head to the upstream in one tick.
 */
import { randomUUID } from 'node:crypto';
import type { AuthenticationVerdict, AuthorizationVerdict, Identity } from '../identity/types.ts';
import { account } from './account.ts';
import { ProviderCall } from './call.ts';
import type { CallOwner } from './call.ts';
import type { OpenRequest, ProxyContext } from './context.ts';
import { describe } from './describe.ts';
import type { Exchange, ExchangeListener } from './exchange/exchange.ts';
import { credentialOf } from './identify.ts';
import type { ProviderState } from './providers.ts';
import { refusalAnswer } from './refusal.ts';
import type { Rejection } from './refusal.ts';
import { RequestHead } from './request-head.ts';
import { parseRoute } from './route.ts';
import type { Route } from './route.ts';

/** nginx's word for a client that went away before its answer began; it stands on records only. */
const CLIENT_CLOSED_REQUEST = 499;

type KnownRoute = Extract<Route, { kind: 'Call' | 'Describe' }>;

export class ProxyRequest implements ExchangeListener, CallOwner, OpenRequest {
  readonly requestId = randomUUID();
  readonly exchange: Exchange;
  readonly #context: ProxyContext;
  readonly #startedAt = performance.now();
  #identity: Identity | undefined;
  #provider: ProviderState | undefined;
  #call: ProviderCall | undefined;
  /** 0: no answer has begun. */
  #status = 0;
  #error: string | undefined;
  #ownBytes = 0;
  /** The client has its whole answer or is gone. */
  #clientIsDone = false;
  #hungUp = false;

  constructor(context: ProxyContext, exchange: Exchange) {
    this.#context = context;
    this.exchange = exchange;
  }

  begin(): void {
    const { exchange } = this;
    const context = this.#context;
    exchange.attach(this);
    context.open.add(this);
    if (context.state !== 'Serving') exchange.closeAfter();
    const route = parseRoute(exchange.target, context.defaultNamespace);
    // Looked up before the caller is known for the shape of refusals only: whether it exists is told to known callers.
    if (route.kind === 'Call') this.#provider = context.providers.lookup(route.namespace, route.name);
    const rejection = turnAway(route, exchange.method) ?? this.#cannotServe();
    if (rejection !== undefined) this.refuse(rejection);
    else if (route.kind === 'Call') this.#identify(route, new RequestHead(exchange, route.path, route.query));
    else if (route.kind === 'Describe') this.#identify(route, new RequestHead(exchange, '', ''));
  }

  #cannotServe(): Rejection | undefined {
    const { state, open, limits, providers } = this.#context;
    if (state === 'Stopped') return { code: 'Draining', message: 'This proxy is shutting down; try again.' };
    if (open.size > limits.openRequests) {
      return { code: 'Overloaded', message: 'This proxy has as many open requests as it may have; try again.' };
    }
    if (providers.revision === undefined) {
      return { code: 'NotReady', message: 'This proxy has not loaded its providers yet; try again.' };
    }
    return undefined;
  }

  #identify(route: KnownRoute, head: RequestHead): void {
    const verdict = this.#context.authenticator.authenticate(credentialOf(head, route.key));
    if (verdict instanceof Promise) {
      verdict.then((known) => this.#identified(route, head, known)).catch((error: unknown) => this.#broken(error));
    } else this.#identified(route, head, verdict);
  }

  #identified(route: KnownRoute, head: RequestHead, verdict: AuthenticationVerdict): void {
    if (this.#clientIsDone) return;
    if (verdict.kind === 'Unauthenticated') this.refuse({ code: 'Unauthenticated', message: verdict.message });
    else if (verdict.kind === 'Unavailable') this.refuse({ code: 'IdentityUnavailable', message: verdict.message });
    else {
      const { identity } = verdict;
      this.#identity = identity;
      if (route.kind === 'Describe') {
        describe(this.#context, route, identity)
          .then((description) => this.#described(description))
          .catch((error: unknown) => this.#broken(error));
      } else if (this.#provider === undefined) {
        const where = `in the namespace "${route.namespace}"`;
        this.refuse({ code: 'ProviderNotFound', message: `There is no provider "${route.name}" ${where}.` });
      } else this.#authorize(this.#provider, head, identity);
    }
  }

  #described(description: Rejection | Buffer): void {
    if (this.#clientIsDone) return;
    if (Buffer.isBuffer(description)) this.#answer(200, ['content-type', 'application/json'], description);
    else this.refuse(description);
  }

  #authorize(provider: ProviderState, head: RequestHead, identity: Identity): void {
    const { namespace, name } = provider.entry;
    const verdict = this.#context.authorizer.authorize(identity, 'invoke', namespace, name);
    if (verdict instanceof Promise) {
      verdict.then((known) => this.#authorized(provider, head, known)).catch((error: unknown) => this.#broken(error));
    } else this.#authorized(provider, head, verdict);
  }

  #authorized(provider: ProviderState, head: RequestHead, verdict: AuthorizationVerdict): void {
    if (this.#clientIsDone) return;
    if (verdict.kind === 'Denied') this.refuse({ code: 'Forbidden', message: verdict.message });
    else if (verdict.kind === 'Unavailable') this.refuse({ code: 'IdentityUnavailable', message: verdict.message });
    else {
      this.#call = new ProviderCall(this, this.#context, provider, head);
      this.#call.begin();
    }
  }

  /** A step threw: a defect. The client is told no more than that. */
  #broken(error: unknown): void {
    this.#context.log.error({ err: error, requestId: this.requestId }, 'a request failed inside the gateway');
    if (this.#status === 0) this.refuse({ code: 'InternalError', message: 'The gateway failed. Its log says more.' });
    else this.exchange.abort();
  }

  refuse(rejection: Rejection): void {
    if (this.#clientIsDone || this.#status !== 0) return;
    this.#error = rejection.code;
    const answer = refusalAnswer(rejection, this.requestId, this.#provider?.wire, this.#call?.operation);
    this.#answer(answer.status, answer.headers, answer.body);
  }

  #answer(status: number, headers: string[], body: Buffer): void {
    this.#status = status;
    this.#ownBytes = body.length;
    headers.push('content-length', String(body.length), 'x-tidegate-request-id', this.requestId);
    this.exchange.head(status, headers);
    this.exchange.end(body);
  }

  answered(status: number): void {
    this.#status = status;
  }

  failed(rejection: Rejection): void {
    this.#error = rejection.code;
  }

  settled(): void {
    this.#concludeIfDone();
  }

  onBodyChunk(chunk: Buffer): void {
    this.#call?.bodyChunk(chunk);
  }

  onBodyEnd(): void {
    this.#call?.bodyEnd();
  }

  onWritable(): void {
    this.#call?.forward?.resume();
  }

  onSent(): void {
    this.#clientIsDone = true;
    this.#concludeIfDone();
  }

  onHangUp(): void {
    this.#clientIsDone = true;
    this.#hungUp = this.#error === undefined;
    this.#call?.clientGone();
    this.#concludeIfDone();
  }

  sweep(now: number): void {
    this.#call?.sweep(now);
  }

  cut(): void {
    const rejection: Rejection = {
      code: 'Draining',
      message: 'The gateway is shutting down and had to end this call.',
    };
    if (this.#call === undefined) this.refuse(rejection);
    else this.#call.cut(rejection);
  }

  #concludeIfDone(): void {
    const call = this.#call;
    const forward = call?.forward;
    if (!this.#clientIsDone || (forward !== undefined && call?.usage === undefined)) return;
    const context = this.#context;
    if (!context.open.delete(this)) return;
    const now = performance.now();
    const sentAt = forward?.sentAt ?? 0;
    account(context, (this.#provider ?? context.metrics).series, {
      requestId: this.requestId,
      identity: this.#identity,
      entry: this.#provider?.entry,
      operation: call?.operation.name,
      model: call?.model,
      method: this.exchange.method,
      protocol: this.exchange.protocol,
      status: this.#status === 0 ? CLIENT_CLOSED_REQUEST : this.#status,
      error: this.#error ?? (this.#hungUp ? 'ClientDisconnected' : undefined),
      usage: call?.usage,
      streamed: forward?.streamed ?? false,
      clientDisconnected: this.#hungUp,
      totalMilliseconds: now - this.#startedAt,
      upstreamMilliseconds: forward === undefined ? undefined : forward.endedAt - sentAt,
      ownMilliseconds:
        call === undefined || sentAt === 0 ? undefined : sentAt - this.#startedAt - call.waitedMilliseconds,
      firstByteMilliseconds:
        forward === undefined || forward.firstByteAt === 0 ? undefined : forward.firstByteAt - this.#startedAt,
      requestBytes: call?.requestBytes ?? 0,
      responseBytes: forward?.responseBytes === 0 || forward === undefined ? this.#ownBytes : forward.responseBytes,
    });
    context.onConcluded();
  }
}

/** What is refused whoever asks. */
function turnAway(route: Route, method: string): Rejection | undefined {
  if (route.kind === 'Malformed') return { code: 'InvalidRequest', message: `The URL is refused: ${route.message}.` };
  // TRACE would show the provider's credential, CONNECT is for forward proxies.
  if (method === 'TRACE' || method === 'CONNECT') {
    return { code: 'InvalidRequest', message: `The method ${method} is not forwarded.` };
  }
  if (route.kind === 'Unknown') {
    return { code: 'NotFound', message: 'There is nothing at this URL. Providers are at /llm/v1/providers/<name>/.' };
  }
  if (route.kind === 'Describe' && method !== 'GET' && method !== 'HEAD') {
    return {
      code: 'MethodNotAllowed',
      message: 'A description is read with GET. API calls go to a path below the name.',
    };
  }
  return undefined;
}
