/**
 * One request on its walk through the steps: route, identify, admit, forward, account. Each step is a function or an
 * object of its own; this one says which comes next. A verdict that is at hand costs no promise: the usual request goes
 * from its head to the upstream in one tick.
 */
import { randomUUID } from 'node:crypto';
import type { AuthenticationVerdict, AuthorizationVerdict, Identity } from '../identity/types.ts';
import type { Operation, Wire } from '../providers/wire.ts';
import { account } from './account.ts';
import { ProviderCall } from './call.ts';
import type { CallOwner } from './call.ts';
import { ConnectionTest } from './connection-test/connection-test.ts';
import type { TestOwner } from './connection-test/connection-test.ts';
import type { OpenRequest, ProxyContext } from './context.ts';
import { describe } from './describe.ts';
import type { Exchange, ExchangeListener } from './exchange/exchange.ts';
import { foreignSiteProblem } from './foreign-site.ts';
import { credentialOf } from './identify.ts';
import type { ProviderState } from './providers.ts';
import { OWN_HEADER_ONLY, passedCredentialProblem } from './passed-credential.ts';
import { refusalAnswer } from './refusal.ts';
import type { Rejection } from './refusal.ts';
import { WebSocketCall } from './realtime/websocket-call.ts';
import { RequestHead } from './request-head.ts';
import { failureToldBy } from './request-record.ts';
import { parseRoute } from './route.ts';
import type { Route } from './route.ts';
import { turnAway } from './turn-away.ts';
import type { RequestWork } from './work.ts';

/** nginx's word for a client that went away before its answer began; it stands on records only. */
const CLIENT_CLOSED_REQUEST = 499;

const INTERNAL_ERROR: Rejection = { code: 'InternalError', message: 'The gateway failed. Its log says more.' };
const DRAINING: Rejection = {
  code: 'Draining',
  message: 'The gateway is shutting down and had to end this call.',
};

type KnownRoute = Extract<Route, { kind: 'Call' | 'Describe' | 'ConnectionTest' }>;

export class ProxyRequest implements ExchangeListener, CallOwner, TestOwner, OpenRequest {
  readonly requestId = randomUUID();
  readonly exchange: Exchange;
  readonly #context: ProxyContext;
  readonly #startedAt = performance.now();
  #identity: Identity | undefined;
  #provider: ProviderState | undefined;
  /** Whose errors refusals look like. Undefined: the gateway's own. */
  #shape: Wire | undefined;
  /** Of the call at the provider. */
  #path = '';
  #work: RequestWork | undefined;
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

  /** Starts the walk. Like every entry of the engine's, it lets nothing through: a defect ends its request, not the process. */
  begin(): void {
    try {
      this.#begin();
    } catch (error) {
      this.broken(error);
    }
  }

  #begin(): void {
    const { exchange } = this;
    const context = this.#context;
    exchange.attach(this);
    context.open.add(this);
    if (context.state !== 'Serving') exchange.closeAfter();
    const route = parseRoute(exchange.target, context.defaultNamespace);
    // Looked up before the caller is known for the shape of refusals only: whether it exists is told to known callers.
    if (route.kind === 'Call') {
      this.#provider = context.providers.lookup(route.namespace, route.name);
      this.#shape = this.#provider?.wire;
      this.#path = route.path;
    }
    const rejection = this.#fromForeignSite() ?? turnAway(route, exchange.method) ?? this.#cannotServe();
    if (rejection !== undefined || route.kind === 'Unknown' || route.kind === 'Malformed') {
      this.refuse(rejection ?? INTERNAL_ERROR);
      return;
    }
    const call = route.kind === 'Call';
    const head = new RequestHead(exchange, call ? route.path : '', call ? route.query : '');
    if (head.problem === undefined) this.#identify(route, head);
    else {
      // What follows a handshake is not HTTP, and what follows a doubtful head is doubtful.
      if (exchange.protocol === 'HTTP/1.1') exchange.closeAfter();
      this.refuse({ code: 'InvalidRequest', message: head.problem });
    }
  }

  #fromForeignSite(): Rejection | undefined {
    const { localOnly, publicURL } = this.#context;
    const problem = localOnly ? foreignSiteProblem(this.exchange.rawHeaders, publicURL) : undefined;
    if (problem === undefined) return undefined;
    return {
      code: 'Forbidden',
      message: `This gateway asks nobody for a credential, for it serves its own machine. ${problem}`,
    };
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
    const passed = this.#provider?.passesCredential ?? false;
    const problem = passed ? passedCredentialProblem(head) : undefined;
    if (problem !== undefined) {
      this.refuse({ code: 'Unauthenticated', message: problem });
      return;
    }
    const verdict = this.#context.access.authenticator.authenticate(
      credentialOf(head, route.key, passed),
      this.exchange.clientCertificate,
    );
    if (verdict instanceof Promise) {
      verdict.then((known) => this.#identified(route, head, known)).catch((error: unknown) => this.broken(error));
    } else this.#identified(route, head, verdict);
  }

  #identified(route: KnownRoute, head: RequestHead, verdict: AuthenticationVerdict): void {
    if (this.#isDecided) return;
    if (verdict.kind === 'Unauthenticated') {
      const hint = this.#provider?.passesCredential === true ? ` ${OWN_HEADER_ONLY}` : '';
      this.refuse({ code: 'Unauthenticated', message: verdict.message + hint });
    } else if (verdict.kind === 'Unavailable') this.refuse({ code: 'IdentityUnavailable', message: verdict.message });
    else {
      const { identity } = verdict;
      this.#identity = identity;
      if (route.kind === 'Describe') {
        describe(this.#context, route, identity)
          .then((description) => this.#described(description))
          .catch((error: unknown) => this.broken(error));
      } else if (route.kind === 'ConnectionTest') {
        const test = new ConnectionTest(this, this.#context, head, identity);
        this.#work = test;
        test.begin();
      } else if (this.#provider === undefined) {
        const where = `in the namespace "${route.namespace}"`;
        this.refuse({ code: 'ProviderNotFound', message: `There is no provider "${route.name}" ${where}.` });
      } else this.#authorize(this.#provider, head, identity);
    }
  }

  #described(description: Rejection | Buffer): void {
    if (this.#isDecided) return;
    if (Buffer.isBuffer(description)) this.answer(200, ['content-type', 'application/json'], description);
    else this.refuse(description);
  }

  #authorize(provider: ProviderState, head: RequestHead, identity: Identity): void {
    const { namespace, name } = provider.entry;
    const verdict = this.#context.access.authorizer.authorize(identity, 'invoke', namespace, name);
    if (verdict instanceof Promise) {
      verdict.then((known) => this.#authorized(provider, head, known)).catch((error: unknown) => this.broken(error));
    } else this.#authorized(provider, head, verdict);
  }

  #authorized(provider: ProviderState, head: RequestHead, verdict: AuthorizationVerdict): void {
    if (this.#isDecided) return;
    if (verdict.kind === 'Denied') this.refuse({ code: 'Forbidden', message: verdict.message });
    else if (verdict.kind === 'Unavailable') this.refuse({ code: 'IdentityUnavailable', message: verdict.message });
    else {
      const Call = this.exchange.webSocket ? WebSocketCall : ProviderCall;
      const call = new Call(this, this.#context, provider, head);
      this.#work = call;
      call.begin();
    }
  }

  /** A step threw: a defect. The client is told no more than that, and whatever still runs ends. */
  broken(error: unknown): void {
    this.#logDefect(error);
    const begun = this.#status !== 0;
    try {
      if (this.#work === undefined) this.refuse(INTERNAL_ERROR);
      else this.#work.cut(INTERNAL_ERROR);
    } catch (another) {
      this.#logDefect(another);
    }
    if (begun || this.#status === 0) this.#abort();
  }

  #logDefect(error: unknown): void {
    this.#context.log.error({ err: error, requestId: this.requestId }, 'a request failed inside the gateway');
  }

  #abort(): void {
    try {
      this.exchange.abort();
    } catch (error) {
      this.#logDefect(error);
    }
  }

  /** A verdict that comes now changes nothing: the client is gone or has been answered, as when the process ends. */
  get #isDecided(): boolean {
    return this.#clientIsDone || this.#status !== 0;
  }

  refuse(rejection: Rejection): void {
    if (this.#isDecided) return;
    this.#error = rejection.code;
    const operation = this.#work?.operation ?? this.#presumedOperation();
    const answer = refusalAnswer(rejection, this.requestId, this.#shape, operation);
    this.answer(answer.status, answer.headers, answer.body);
  }

  /** What is refused before it has become a call: its path tells whose API it speaks. */
  #presumedOperation(): Operation | undefined {
    if (this.#shape === undefined || this.#provider === undefined) return undefined;
    const { method, hasBody } = this.exchange;
    const head = { method, path: this.#path, query: '', hasBody, header: () => undefined };
    return this.#shape.classify(head, this.#provider.entry);
  }

  /** From a test: which provider it is about. */
  found(provider: ProviderState): void {
    this.#provider = provider;
  }

  answer(status: number, headers: string[], body: Buffer): void {
    if (this.#isDecided) return;
    this.#status = status;
    this.#ownBytes = body.length;
    headers.push('content-length', String(body.length), 'x-tidegate-request-id', this.requestId);
    try {
      this.exchange.head(status, headers);
      this.exchange.end(body);
    } catch (error) {
      this.#logDefect(error);
      this.#abort();
    }
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
    try {
      this.#work?.bodyChunk(chunk);
    } catch (error) {
      this.broken(error);
    }
  }

  onBodyEnd(): void {
    try {
      this.#work?.bodyEnd();
    } catch (error) {
      this.broken(error);
    }
  }

  onWritable(): void {
    try {
      this.#work?.resume();
    } catch (error) {
      this.broken(error);
    }
  }

  onSent(): void {
    this.#clientIsDone = true;
    this.#concludeIfDone();
  }

  onHangUp(): void {
    this.#clientIsDone = true;
    this.#hungUp = this.#error === undefined;
    try {
      this.#work?.clientGone();
    } catch (error) {
      this.broken(error);
    }
    this.#concludeIfDone();
  }

  sweep(now: number): void {
    try {
      this.#work?.sweep(now);
    } catch (error) {
      this.broken(error);
    }
  }

  cut(): void {
    try {
      if (this.#work === undefined) this.refuse(DRAINING);
      else this.#work.cut(DRAINING);
    } catch (error) {
      this.broken(error);
    }
  }

  #concludeIfDone(): void {
    const work = this.#work;
    if (!this.#clientIsDone || (work?.forward !== undefined && work.usage === undefined)) return;
    const context = this.#context;
    if (!context.open.delete(this)) return;
    try {
      this.#account();
    } catch (error) {
      this.#logDefect(error);
    }
    context.onConcluded();
  }

  #account(): void {
    const context = this.#context;
    const work = this.#work;
    const forward = work?.forward;
    const now = performance.now();
    const sentAt = forward?.sentAt ?? 0;
    account(context, (this.#provider ?? context.metrics).series, {
      requestId: this.requestId,
      identity: this.#identity,
      entry: this.#provider?.entry,
      operation: work?.operation?.name,
      model: work?.model,
      method: this.exchange.method,
      protocol: this.exchange.protocol,
      status: this.#status === 0 ? CLIENT_CLOSED_REQUEST : this.#status,
      error: this.#error ?? (this.#hungUp ? 'ClientDisconnected' : failureToldBy(work?.usage)),
      usage: work?.usage,
      counted: forward?.counted,
      streamed: forward?.streamed ?? false,
      clientDisconnected: this.#hungUp,
      totalMilliseconds: now - this.#startedAt,
      upstreamMilliseconds: forward === undefined || sentAt === 0 ? undefined : forward.endedAt - sentAt,
      ownMilliseconds:
        work === undefined || sentAt === 0 ? undefined : sentAt - this.#startedAt - work.waitedMilliseconds,
      firstByteMilliseconds:
        forward === undefined || forward.firstByteAt === 0 ? undefined : forward.firstByteAt - this.#startedAt,
      requestBytes: work?.requestBytes ?? 0,
      responseBytes: forward?.responseBytes === 0 || forward === undefined ? this.#ownBytes : forward.responseBytes,
    });
  }
}
