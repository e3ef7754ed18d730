/**
 * The way in of one request: what its URL asks for, who calls, whether they may, and what is done for them then. Until the
 * caller is known nothing of the answer depends on the provider that the URL names, for else it would tell that there is one.
 */
import type { AuthenticationVerdict, AuthorizationVerdict, Identity } from '../identity/types.ts';
import { presumedAPI, presumedRefusal } from '../providers/presumed-shape.ts';
import type { PresumedRequest } from '../providers/presumed-shape.ts';
import { wireFor } from '../providers/registry.ts';
import type { Operation, Refusal, RefusalBody, UpstreamRequestHead } from '../providers/wire.ts';
import { authenticationDocument } from './authentication/document.ts';
import { protectedResourceMetadata } from './authentication/protected-resource.ts';
import { ProviderCall } from './call.ts';
import type { CallOwner } from './call.ts';
import { ConnectionTest } from './connection-test/connection-test.ts';
import type { TestOwner } from './connection-test/connection-test.ts';
import type { ProxyContext } from './context.ts';
import { certificateOf, credentialOf, ownCredentialOf } from './credential.ts';
import { describe } from './describe.ts';
import { identifyPassing } from './identify.ts';
import { ownHeaderHint, passedCredentialProblem } from './passed-credential.ts';
import type { ProviderState } from './providers.ts';
import { recordAnswer, recordHeaders } from './records/answer.ts';
import { INTERNAL_ERROR } from './refusal.ts';
import type { Rejection } from './refusal.ts';
import { WebSocketCall } from './realtime/websocket-call.ts';
import { RequestHead } from './request-head.ts';
import type { RequestedProvider } from './request-record.ts';
import { parseRoute } from './route.ts';
import type { Route } from './route.ts';
import { NOTHING_HERE, turnAway } from './turn-away.ts';
import type { RequestWork } from './work.ts';

type CallRoute = Extract<Route, { kind: 'Call' }>;
/** Routes whose caller is asked who it is. */
type KnownRoute = Extract<Route, { key: string | undefined }>;

/** Who an entry tells what it comes to. */
export interface EntryOwner extends CallOwner, TestOwner {
  /** The client is gone or has been answered: a verdict that comes now changes nothing. */
  readonly isDecided: boolean;
  /** The caller is known. */
  identified(identity: Identity): void;
  /** The caller may, and this is done for it; it begins next. */
  admitted(work: RequestWork): void;
}

export class Entry {
  readonly #owner: EntryOwner;
  readonly #context: ProxyContext;
  #route: Route | undefined;
  /** That a call's URL names; undefined when there is none. */
  #provider: ProviderState | undefined;
  #callerIsKnown = false;

  constructor(owner: EntryOwner, context: ProxyContext) {
    this.#owner = owner;
    this.#context = context;
  }

  /** What the URL names, whether it is there or not; undefined: no provider. */
  get requested(): RequestedProvider | undefined {
    const route = this.#route;
    if (route?.kind !== 'Call' && route?.kind !== 'Describe') return undefined;
    const { namespace, name } = route;
    return name === undefined ? { namespace } : { namespace, provider: name };
  }

  /** Characters of the target up to the end of those names. */
  get namedCharacters(): number {
    const route = this.#route;
    if (route?.kind !== 'Call' && route?.kind !== 'Describe') return 0;
    const { target } = this.#owner.exchange;
    const mark = target.indexOf('?');
    return (mark === -1 ? target.length : mark) - (route.kind === 'Call' ? route.path.length : 0);
  }

  begin(): void {
    const { exchange } = this.#owner;
    const context = this.#context;
    const route = parseRoute(exchange.target, context.defaultNamespace);
    this.#route = route;
    if (route.kind === 'Call') {
      this.#provider = context.providers.lookup(route.namespace, route.name);
      if (this.#provider !== undefined) this.#owner.found(this.#provider);
    }
    const rejection = turnAway(route, exchange, context);
    if (rejection !== undefined) this.#owner.refuse(rejection);
    else if (route.kind === 'ResourceMetadata') this.#answerMetadata(route.path);
    else if (route.kind === 'Unknown' || route.kind === 'Malformed') this.#owner.refuse(INTERNAL_ERROR);
    else this.#look(route);
  }

  /** A refusal in the form that the client reads: that of the provider's API once it is known that it may know of it. */
  shape(refusal: Refusal, operation: Operation | undefined): RefusalBody {
    const route = this.#route;
    const provider = this.#provider;
    if (route?.kind !== 'Call') return wireFor('OpenAI').refusal(refusal, undefined);
    if (provider === undefined || !this.#callerIsKnown) return presumedRefusal(refusal, this.#presumed(route));
    const { wire, entry } = provider;
    return wire.refusal(refusal, operation ?? wire.classify(this.#bareHead(route), entry));
  }

  #presumed(route: CallRoute): PresumedRequest {
    const { rawHeaders } = this.#owner.exchange;
    return { head: this.#bareHead(route), rawHeaders, hasKeyParameter: route.key !== undefined };
  }

  /** Enough of a head to tell whose API it speaks. */
  #bareHead({ path, query }: CallRoute): UpstreamRequestHead {
    const { method, hasBody } = this.#owner.exchange;
    return { method, path, query, hasBody, header: () => undefined };
  }

  #answerMetadata(path: string): void {
    const { publicURL, access } = this.#context;
    const metadata = protectedResourceMetadata(path, publicURL, access.methods);
    if (metadata === undefined) this.#owner.refuse(NOTHING_HERE);
    else this.#answerJSON(metadata, 'max-age=300');
  }

  #look(route: KnownRoute): void {
    const { exchange } = this.#owner;
    const call = route.kind === 'Call';
    const head = new RequestHead(exchange, call ? route.path : '', call ? route.query : '');
    if (head.problem === undefined) {
      this.#identify(route, head);
      return;
    }
    // What follows a handshake is not HTTP, and what follows a doubtful head is doubtful.
    if (exchange.protocol === 'HTTP/1.1') exchange.closeAfter();
    this.#owner.refuse({ code: 'InvalidRequest', message: head.problem });
  }

  #identify(route: KnownRoute, head: RequestHead): void {
    const { clientCertificate: certificate, certificateProblem } = certificateOf(this.#owner.exchange);
    const credential = credentialOf(head, route.key);
    const { access } = this.#context;
    const isAsking = (credential ?? certificate ?? certificateProblem) !== undefined || access.methods.anonymous;
    if (route.kind === 'Authentication' && !isAsking) {
      this.#answerJSON(authenticationDocument(access.methods, undefined), 'no-store');
      return;
    }
    const verdict =
      this.#provider?.passesCredential === true
        ? identifyPassing(access, { head, credential, certificate })
        : access.authenticator.authenticate(credential, certificate);
    const hasCredential = credential !== undefined;
    if (verdict instanceof Promise) {
      verdict
        .then((known) => this.#identified(route, head, known, hasCredential))
        .catch((error: unknown) => this.#owner.broken(error));
    } else this.#identified(route, head, verdict, hasCredential);
  }

  #identified(route: KnownRoute, head: RequestHead, verdict: AuthenticationVerdict, hasCredential: boolean): void {
    const owner = this.#owner;
    if (owner.isDecided) return;
    if (verdict.kind === 'Unauthenticated') {
      const message = verdict.message + this.#hint(route, head, verdict.message);
      const { reason } = verdict;
      owner.refuse({
        code: 'Unauthenticated',
        message,
        ...(hasCredential && { invalidToken: true }),
        ...(reason !== undefined && { reason }),
      });
    } else if (verdict.kind === 'Unavailable') owner.refuse({ code: 'IdentityUnavailable', message: verdict.message });
    else {
      const { identity } = verdict;
      this.#callerIsKnown = true;
      owner.identified(identity);
      this.#serve(route, head, identity);
    }
  }

  /** What else somebody unknown may have to know. Told by connection and request, whatever the provider is. */
  #hint(route: KnownRoute, head: RequestHead, message: string): string {
    const { certificateProblem } = certificateOf(this.#owner.exchange);
    const hint = certificateProblem === undefined ? '' : ` ${certificateProblem}`;
    // At a provider that is Anthropic's the client may have meant its credential for that.
    if (route.kind !== 'Call' || ownCredentialOf(head) !== undefined) return hint;
    const more = presumedAPI(this.#presumed(route)) === 'Anthropic' ? ownHeaderHint(message) : undefined;
    return more === undefined ? hint : `${hint} ${more}`;
  }

  #serve(route: KnownRoute, head: RequestHead, identity: Identity): void {
    const owner = this.#owner;
    const context = this.#context;
    switch (route.kind) {
      case 'Authentication':
        this.#answerJSON(authenticationDocument(context.access.methods, identity), 'no-store');
        return;
      case 'Describe':
        describe(context, route, identity)
          .then((description) => this.#described(description))
          .catch((error: unknown) => owner.broken(error));
        return;
      case 'Record':
        this.#tellRecord(route.requestId, identity);
        return;
      case 'ConnectionTest':
        this.#start(new ConnectionTest(owner, context, head, identity));
        return;
      case 'Call':
        this.#admit(route, head, identity);
    }
  }

  #tellRecord(requestId: string, identity: Identity): void {
    const owner = this.#owner;
    recordAnswer(this.#context, requestId, identity)
      .then((answer) => {
        if (owner.isDecided) return;
        if (Buffer.isBuffer(answer)) owner.answer(200, recordHeaders(this.#context), answer);
        else owner.refuse(answer);
      })
      .catch((error: unknown) => owner.broken(error));
  }

  #described(description: Rejection | Buffer): void {
    const owner = this.#owner;
    if (owner.isDecided) return;
    if (Buffer.isBuffer(description)) owner.answer(200, ['content-type', 'application/json'], description);
    else owner.refuse(description);
  }

  #admit({ namespace, name }: CallRoute, head: RequestHead, identity: Identity): void {
    const provider = this.#provider;
    if (provider === undefined) {
      const message = `There is no provider "${name}" in the namespace "${namespace}".`;
      this.#owner.refuse({ code: 'ProviderNotFound', message });
      return;
    }
    const problem = provider.passesCredential ? passedCredentialProblem(head) : undefined;
    if (problem === undefined) this.#authorize(provider, head, identity);
    else this.#owner.refuse({ code: 'Unauthenticated', message: problem, invalidToken: true });
  }

  #authorize(provider: ProviderState, head: RequestHead, identity: Identity): void {
    const { namespace, name } = provider.entry;
    const verdict = this.#context.access.authorizer.authorize(identity, 'invoke', namespace, name);
    if (verdict instanceof Promise) {
      verdict
        .then((known) => this.#authorized(provider, head, identity, known))
        .catch((error: unknown) => this.#owner.broken(error));
    } else this.#authorized(provider, head, identity, verdict);
  }

  #authorized(provider: ProviderState, head: RequestHead, identity: Identity, verdict: AuthorizationVerdict): void {
    const owner = this.#owner;
    const context = this.#context;
    if (owner.isDecided) return;
    if (verdict.kind === 'Denied') owner.refuse({ code: 'Forbidden', message: verdict.message });
    else if (verdict.kind === 'Unavailable') owner.refuse({ code: 'IdentityUnavailable', message: verdict.message });
    else if (owner.exchange.webSocket) this.#start(new WebSocketCall(owner, context, provider, head, identity));
    else this.#start(new ProviderCall(owner, context, provider, head));
  }

  #start(work: RequestWork & { begin(): void }): void {
    this.#owner.admitted(work);
    work.begin();
  }

  #answerJSON(value: object, cacheControl: string): void {
    const body = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
    this.#owner.answer(200, ['content-type', 'application/json', 'cache-control', cacheControl], body);
  }
}
