/**
 * Step 5: one call to an upstream, and its answer on the way to the client. A handler of undici's; nothing here makes a
 * promise or a closure per chunk.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { CredentialError, isRejection } from '../aws/credential-source.ts';
import type { Meter, Operation, SigningCredentials, StreamFilter } from '../providers/wire.ts';
import type { MeteredUsage } from '../usage/record.ts';
import { gatewayURL, withContinuations, type ClientView } from './continuations.ts';
import type { Exchange } from './exchange/exchange.ts';
import { HeldAnswer, mustBeHeld } from './held-answer.ts';
import { outgoing } from './outgoing.ts';
import type { ForwardedBody, Outgoing, RequestOptions } from './outgoing.ts';
import type { ProviderState } from './providers.ts';
import { toRefusal } from './refusal.ts';
import type { Rejection } from './refusal.ts';
import type { RequestHead } from './request-head.ts';
import { ResponseHead } from './response-head.ts';
import type { ResponseHeaders } from './response-head.ts';
import type { Upstream } from './upstream/upstream.ts';
import { describeFailure, isConnectionLost } from './upstream/failure.ts';

/** After a hang-up with `onClientDisconnect: Drain`, an answer is read on for so many bytes and so long at most. */
const DRAIN_BYTES = 16 * 1024 * 1024;
const DRAIN_MILLISECONDS = 600_000;

/** What a forward needs of the call that it belongs to. */
export interface ForwardedCall {
  readonly owner: {
    readonly requestId: string;
    readonly exchange: Exchange;
    refuse(rejection: Rejection): void;
    failed(rejection: Rejection): void;
    broken(error: unknown): void;
  };
  readonly provider: ProviderState;
  readonly head: RequestHead;
  readonly operation: Operation;
  /** Where the gateway is reached, as configured. */
  readonly publicURL: string | undefined;
  /** The upstream's answer has begun. */
  answered(status: number): void;
  /** The forward is over and its usage known: its last word. */
  forwarded(usage: MeteredUsage): void;
}

/** What becomes of the answer's bytes. */
type How = 'Complete' | 'ClientDisconnected' | 'UpstreamFailed';

export class Forward implements Dispatcher.DispatchHandler {
  readonly #call: ForwardedCall;
  readonly #stripUsage: boolean;
  #body: Buffer | Readable | null = null;
  #controller: Dispatcher.DispatchController | undefined;
  #options: RequestOptions | undefined;
  #signedWith: SigningCredentials | undefined;
  #response: ResponseHead | undefined;
  /** The client has been sent the answer's head. */
  #begun = false;
  #meter: Meter | undefined;
  #filter: StreamFilter | undefined;
  #held: HeldAnswer | undefined;
  #retried = false;
  #over = false;
  /** The client is gone and the answer is read for its usage alone. */
  #draining = false;
  #drained = 0;
  #drainingSince = 0;
  /** The client takes no more for now; since when, as far as {@link Forward.sweep} has seen. */
  #blocked = false;
  #blockedSince = 0;
  /** For the record: monotonic milliseconds; 0 means not yet. */
  sentAt = 0;
  firstByteAt = 0;
  endedAt = 0;
  responseBytes = 0;
  streamed = false;
  /** Counted when the request ends. */
  readonly counted = undefined;

  constructor(call: ForwardedCall, stripUsage: boolean) {
    this.#call = call;
    this.#stripUsage = stripUsage;
  }

  /** Whether the whole answer, or a failure, has been seen. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Sends the request, when it is whole. */
  send(sent: ForwardedBody): void {
    this.#body = sent.body;
    try {
      const request = outgoing(this.#call, sent, this.#stripUsage);
      if (request instanceof Promise) {
        request.then((ready) => this.#dispatch(ready)).catch((error: unknown) => this.#unsendable(error));
      } else this.#dispatch(request);
    } catch (error) {
      this.#unsendable(error);
    }
  }

  #dispatch({ options, signedWith }: Outgoing): void {
    if (this.#over) return;
    this.#options = options;
    this.#signedWith = signedWith;
    this.sentAt = performance.now();
    this.#upstream.dispatch(options, this);
  }

  #unsendable(error: unknown): void {
    if (this.#over) return;
    if (!(error instanceof CredentialError)) {
      this.#call.owner.broken(error);
      return;
    }
    const { name } = this.#call.provider.entry;
    this.#fail({
      code: 'CredentialsUnavailable',
      message: `The provider "${name}" cannot be called: ${error.message}.`,
    });
  }

  get #upstream(): Upstream {
    const { provider, operation } = this.#call;
    return provider.upstreamOf(operation);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('the client is gone'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    // Interim answers (RFC 9110 §15.2) are between the gateway and the upstream.
    if (status < 200 || this.#over) return;
    const { provider, operation, head, owner } = this.#call;
    const response = new ResponseHead(status, headers);
    this.#response = response;
    // A stream may be open for an hour: what only its begin needed would be kept as long.
    controller.rawHeaders = null;
    this.#options = undefined;
    if (this.#signedWith !== undefined && isRejection(response.header('x-amzn-errortype'))) {
      provider.credentials?.rejected?.(this.#signedWith);
    }
    this.#signedWith = undefined;
    this.#meter = provider.wire.meter(operation, response);
    if (this.#draining) return;
    if (status < 300 && mustBeHeld(provider, operation)) {
      this.#held = new HeldAnswer(head.method === 'HEAD');
      return;
    }
    if (this.#stripUsage) this.#filter = provider.wire.usageFilter(operation, response);
    this.streamed = response.isEventStream;
    owner.exchange.head(status, this.#headersForClient(response));
    head.forget();
    response.forget();
    this.#begun = true;
    if (response.header('content-length') === undefined) owner.exchange.flushHead();
    this.#call.answered(status);
    // The client may have gone while its answer's head was written.
    if (this.#over) controller.abort(new Error('the client is gone'));
  }

  #headersForClient(response: ResponseHead): string[] {
    const { provider, owner } = this.#call;
    const headers = response.forClient(owner.requestId, this.#filter !== undefined);
    const continuations = provider.wire.continuations?.(provider.entry, response) ?? [];
    return continuations.length === 0 ? headers : withContinuations(headers, continuations, this.#clientView());
  }

  #clientView(): ClientView {
    const { head, owner, publicURL } = this.#call;
    const { target } = owner.exchange;
    return { target, path: head.path, publicURL, header: (name) => head.header(name) };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    try {
      this.#take(controller, chunk);
    } catch (error) {
      this.#call.owner.broken(error);
    }
  }

  #take(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.firstByteAt === 0) this.firstByteAt = performance.now();
    this.#meter?.push(chunk);
    if (this.#draining) {
      this.#drained += chunk.length;
      if (this.#drained > DRAIN_BYTES) this.#stop('ClientDisconnected');
    } else if (this.#held !== undefined) {
      if (!this.#held.push(chunk)) this.#fail(this.#unreadable());
    } else if (this.#filter !== undefined) {
      for (const part of this.#filter.push(chunk)) this.#write(controller, part);
    } else {
      this.#write(controller, chunk);
    }
  }

  onResponseEnd(): void {
    if (this.#over) return;
    try {
      this.#takeEnd();
    } catch (error) {
      this.#call.owner.broken(error);
    }
  }

  #takeEnd(): void {
    const { exchange } = this.#call.owner;
    if (this.#draining) {
      this.#finish('Complete');
    } else if (this.#held !== undefined) {
      this.#endHeld(this.#held);
    } else {
      this.#flushFilter();
      this.#finish('Complete');
      exchange.end();
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#over) return;
    try {
      this.#repeatOrFail(error);
    } catch (another) {
      this.#call.owner.broken(another);
    }
  }

  #repeatOrFail(error: Error): void {
    if (this.#mayRepeat(error) && this.#options !== undefined) {
      this.#retried = true;
      this.#controller = undefined;
      this.#upstream.dispatch(this.#options, this);
      return;
    }
    const { code, reason } = describeFailure(error);
    const { name } = this.#call.provider.entry;
    this.#fail({ code, message: `The upstream of the provider "${name}" ${reason}.` });
  }

  /** The client takes more again. */
  resume(): void {
    this.#blocked = false;
    this.#blockedSince = 0;
    if (!this.#over) this.#controller?.resume();
  }

  /** The client hung up. */
  clientGone(bodyIsWhole: boolean): void {
    if (this.#over) return;
    // Nothing is used by what was not sent yet: there is nothing to learn from its answer.
    if (this.#call.provider.entry.onClientDisconnect === 'Drain' && bodyIsWhole && this.sentAt !== 0) {
      this.#draining = true;
      this.#drainingSince = performance.now();
      this.#controller?.resume();
    } else {
      this.#stop('ClientDisconnected');
    }
  }

  /** Ends the call for a reason of the gateway's own; the client is told `rejection`. */
  cut(rejection: Rejection): void {
    if (this.#over) return;
    if (this.#draining) this.#stop('ClientDisconnected');
    else this.#fail(rejection);
  }

  /** Regular look at what only time tells. True: the client has taken nothing for too long. */
  sweep(now: number): boolean {
    if (this.#draining && now - this.#drainingSince > DRAIN_MILLISECONDS) this.#stop('ClientDisconnected');
    if (!this.#blocked) return false;
    if (this.#blockedSince === 0) this.#blockedSince = now;
    return now - this.#blockedSince > this.#call.provider.entry.timeouts.idleSeconds * 1000;
  }

  #write(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.responseBytes += chunk.length;
    if (!this.#call.owner.exchange.write(chunk)) {
      this.#blocked = true;
      controller.pause();
    }
  }

  #flushFilter(): void {
    if (this.#filter === undefined) return;
    for (const part of this.#filter.end()) {
      this.responseBytes += part.length;
      this.#call.owner.exchange.write(part);
    }
  }

  #endHeld(held: HeldAnswer): void {
    const { provider, operation, owner } = this.#call;
    const { exchange, requestId } = owner;
    const response = this.#response;
    const url = operation.urlsInBody === true ? gatewayURL(this.#clientView()) : undefined;
    const body = response === undefined ? undefined : held.changed(provider, operation, response.isEncoded, url);
    if (response === undefined || body === undefined) {
      this.#fail(this.#unreadable());
      return;
    }
    const headers = response.forClient(requestId, true);
    if (!held.bodiless) headers.push('content-length', String(body.length));
    exchange.head(response.status, headers);
    this.#begun = true;
    this.#call.answered(response.status);
    this.responseBytes = body.length;
    this.#finish('Complete');
    exchange.end(body);
  }

  #unreadable(): Rejection {
    const { operation, provider } = this.#call;
    const upstream = `The upstream of the provider "${provider.entry.name}" answered`;
    return operation.modelList
      ? {
          code: 'ModelListUnreadable',
          message: `${upstream} with a list of models that cannot be filtered to the allowed ones.`,
        }
      : { code: 'UpstreamUnreachable', message: `${upstream} with more than this gateway can hold.` };
  }

  /** Only what is safe to repeat, has no body, and lost its connection before an answer: a kept connection gone stale. */
  #mayRepeat(error: Error): boolean {
    const { method } = this.#call.head;
    return (
      !this.#retried &&
      this.#body === null &&
      this.#response === undefined &&
      (method === 'GET' || method === 'HEAD') &&
      isConnectionLost(error)
    );
  }

  #fail(rejection: Rejection): void {
    const { provider, operation, owner } = this.#call;
    const { exchange, requestId } = owner;
    const response = this.#response;
    if (this.#draining) {
      this.#stop('UpstreamFailed');
    } else if (response === undefined || !this.#begun) {
      this.#stop('UpstreamFailed');
      this.#call.owner.refuse(rejection);
    } else {
      this.#flushFilter();
      const whole = this.#meter?.isCutOff !== true;
      const open = whole && !response.isEncoded && response.header('content-length') === undefined;
      const failure = toRefusal(rejection, requestId);
      const begun = this.responseBytes > 0;
      const told = open ? provider.wire.streamError(failure, operation, response, begun) : undefined;
      this.#stop('UpstreamFailed');
      this.#call.owner.failed(rejection);
      if (told === undefined) exchange.abort();
      else exchange.endAndClose(told);
    }
  }

  #stop(how: How): void {
    const body = this.#body;
    this.#finish(how);
    this.#controller?.abort(new Error('the call is over'));
    if (this.#controller === undefined && body !== null && !Buffer.isBuffer(body)) body.destroy();
  }

  #finish(how: How): void {
    this.#over = true;
    this.#body = null;
    this.#options = undefined;
    this.endedAt = performance.now();
    const usage = this.#usage(how);
    if (usage instanceof Promise) {
      usage.then((known) => this.#call.forwarded(known)).catch((error: unknown) => this.#call.owner.broken(error)); // meters never reject
    } else this.#call.forwarded(usage);
  }

  #usage(how: How): MeteredUsage | Promise<MeteredUsage> {
    if (this.#meter !== undefined) return this.#meter.finish(how);
    const { metered } = this.#call.operation;
    // What was never sent has used nothing: there were no credentials to sign it with, or not in time for its client.
    if (!metered || this.#response !== undefined || this.sentAt === 0) return { kind: 'NotMetered' };
    return { kind: 'Missing', reason: how === 'ClientDisconnected' ? 'client_disconnected' : 'upstream_failed' };
  }
}
