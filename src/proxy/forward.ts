/**
 * Step 5: one call to an upstream, from its request to the end of its answer. A handler of undici's; nothing here makes a
 * promise or a closure per chunk. What becomes of the answer's bytes is said in `answer/`.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { CredentialError, isRejection } from '../aws/credential-source.ts';
import type { Meter, SigningCredentials } from '../providers/wire.ts';
import type { MeteredUsage } from '../usage/record.ts';
import type { Answer, AnswerOwner, ForwardedCall } from './answer/answer.ts';
import { beginAnswer } from './answer/begin-answer.ts';
import { Delivery } from './answer/delivery.ts';
import { DrainedAnswer } from './answer/drained-answer.ts';
import { outgoing } from './outgoing.ts';
import type { ForwardedBody, Outgoing, RequestOptions } from './outgoing.ts';
import { toRefusal } from './refusal.ts';
import type { Rejection } from './refusal.ts';
import { ResponseHead } from './response-head.ts';
import type { ResponseHeaders } from './response-head.ts';
import type { Upstream } from './upstream/upstream.ts';
import { describeFailure, isConnectionLost } from './upstream/failure.ts';

/** How an answer ended. */
type How = 'Complete' | 'ClientDisconnected' | 'UpstreamFailed';

export class Forward implements Dispatcher.DispatchHandler, AnswerOwner {
  readonly #call: ForwardedCall;
  readonly #stripUsage: boolean;
  readonly #delivery: Delivery;
  #body: Buffer | Readable | null = null;
  #controller: Dispatcher.DispatchController | undefined;
  #options: RequestOptions | undefined;
  #signedWith: SigningCredentials | undefined;
  #response: ResponseHead | undefined;
  #meter: Meter | undefined;
  #answer: Answer | undefined;
  /** The client is gone and the answer is read for its usage alone. */
  #drained: DrainedAnswer | undefined;
  #retried = false;
  #over = false;
  /** For the record: monotonic milliseconds; 0 means not yet. */
  sentAt = 0;
  firstByteAt = 0;
  endedAt = 0;
  streamed = false;
  /** Counted when the request ends. */
  readonly counted = undefined;

  /** `stripUsage`: the upstream was asked for usage that the client did not ask for. */
  constructor(call: ForwardedCall, stripUsage: boolean) {
    this.#call = call;
    this.#stripUsage = stripUsage;
    this.#delivery = new Delivery(call);
  }

  /** Whether the whole answer, or a failure, has been seen. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Bytes of the body that went to the client. */
  get responseBytes(): number {
    return this.#delivery.bytes;
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
    this.fail({
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
    const { provider, operation } = this.#call;
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
    if (this.#drained !== undefined) return;
    this.#delivery.from(controller);
    this.#answer = beginAnswer({ owner: this, delivery: this.#delivery, call: this.#call }, response, this.#stripUsage);
    this.streamed = this.#delivery.hasBegun && response.isEventStream;
    // The client may have gone while its answer's head was written.
    if (this.#over) controller.abort(new Error('the client is gone'));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    try {
      if (this.firstByteAt === 0) this.firstByteAt = performance.now();
      this.#meter?.push(chunk);
      this.#answer?.push(chunk);
    } catch (error) {
      this.#call.owner.broken(error);
    }
  }

  onResponseEnd(): void {
    if (this.#over) return;
    try {
      this.#answer?.end();
    } catch (error) {
      this.#call.owner.broken(error);
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
    this.fail({ code, message: `The upstream of the provider "${name}" ${reason}.` });
  }

  /** The client takes more again. */
  resume(): void {
    this.#delivery.writable();
    if (!this.#over) this.#controller?.resume();
  }

  /** The client hung up. */
  clientGone(bodyIsWhole: boolean): void {
    if (this.#over) return;
    // Nothing is used by what was not sent yet: there is nothing to learn from its answer.
    if (this.#call.provider.entry.onClientDisconnect === 'Drain' && bodyIsWhole && this.sentAt !== 0) {
      this.#drained = new DrainedAnswer(this, performance.now());
      this.#answer = this.#drained;
      this.#controller?.resume();
    } else {
      this.abandon();
    }
  }

  /** Ends the call for a reason of the gateway's own; the client is told `rejection`. */
  cut(rejection: Rejection): void {
    if (this.#over) return;
    if (this.#drained === undefined) this.fail(rejection);
    else this.abandon();
  }

  /** Regular look at what only time tells. True: the client has taken nothing for too long. */
  sweep(now: number): boolean {
    this.#drained?.sweep(now);
    return this.#delivery.isStuck(now);
  }

  complete(last?: Buffer): void {
    if (this.#drained !== undefined) {
      this.#finish('Complete');
      return;
    }
    if (last !== undefined) this.#delivery.bytes += last.length;
    this.#finish('Complete');
    this.#call.owner.exchange.end(last);
  }

  abandon(): void {
    if (!this.#over) this.#stop('ClientDisconnected');
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

  fail(rejection: Rejection): void {
    const { provider, operation, owner } = this.#call;
    const { exchange, requestId } = owner;
    const response = this.#response;
    if (this.#drained !== undefined) {
      this.#stop('UpstreamFailed');
    } else if (response === undefined || !this.#delivery.hasBegun) {
      this.#stop('UpstreamFailed');
      owner.refuse(rejection);
    } else {
      this.#answer?.flush();
      const whole = this.#meter?.isCutOff !== true;
      const open = whole && !response.isEncoded && response.header('content-length') === undefined;
      const failure = toRefusal(rejection, requestId);
      const told = open ? provider.wire.streamError(failure, operation, response, this.#delivery.bytes > 0) : undefined;
      this.#stop('UpstreamFailed');
      owner.failed(rejection);
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
