/**
 * Step 5: one call to an upstream, from its request to the end of its answer. A handler of undici's; nothing here makes a
 * promise or a closure per chunk. What becomes of the answer's bytes is said in `answer/`.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { CredentialError, isRejection } from '../aws/credential-source.ts';
import type { Interventions } from '../providers/bedrock/guardrail-attachment.ts';
import type { Meter, SigningCredentials } from '../providers/wire.ts';
import type { MeteredUsage } from '../usage/record.ts';
import type { Answer, AnswerOwner, ForwardedCall } from './answer/answer.ts';
import { answerOf, isLookedInto } from './answer/answer-of.ts';
import { Delivery } from './answer/delivery.ts';
import { DrainedAnswer } from './answer/drained-answer.ts';
import { Flow } from './answer/flow.ts';
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
  readonly #flow = new Flow();
  readonly #delivery: Delivery;
  #body: Buffer | Readable | null = null;
  #controller: Dispatcher.DispatchController | undefined;
  #options: RequestOptions | undefined;
  #signedWith: SigningCredentials | undefined;
  #response: ResponseHead | undefined;
  #meter: Meter | undefined;
  #interventions: Interventions | undefined;
  #answer: Answer | undefined;
  /** The client is gone, or has all that it gets, and the answer is read for its usage alone. */
  #drained: DrainedAnswer | undefined;
  /** The upstream has said all. */
  #isReceived = false;
  /** The client has all that it gets. */
  #isCutShort = false;
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
    this.#delivery = new Delivery(call, this.#flow);
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
      const request = outgoing(this.#call, sent, this.#stripUsage || isLookedInto(this.#call));
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
    this.#interventions = this.#call.guardrails?.interventions(response);
    if (this.#drained !== undefined) return;
    this.#flow.from(controller);
    const parts = { owner: this, delivery: this.#delivery, call: this.#call, response, flow: this.#flow };
    this.#answer = answerOf(parts, this.#stripUsage);
    this.#answer.begin();
    this.streamed = this.#delivery.hasBegun && response.isEventStream;
    // The client may have gone while its answer's head was written.
    if (this.#over) controller.abort(new Error('the client is gone'));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    try {
      if (this.firstByteAt === 0) this.firstByteAt = performance.now();
      this.#meter?.push(chunk);
      this.#interventions?.push(chunk);
      this.#answer?.push(chunk);
    } catch (error) {
      this.#call.owner.broken(error);
    }
  }

  onResponseEnd(): void {
    if (this.#over) return;
    try {
      this.#isReceived = true;
      this.#flow.end();
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
  }

  /** The client hung up. */
  clientGone(bodyIsWhole: boolean): void {
    if (this.#over) return;
    this.#letGo(bodyIsWhole);
  }

  /** Nobody gets what the upstream still says: it is read for its usage where that is wanted, or stopped. */
  #letGo(bodyIsWhole: boolean): void {
    if (this.#isReceived) {
      this.#finish('Complete');
    } else if (this.#drained !== undefined) {
      // It is read already.
    } else if (this.#call.provider.entry.onClientDisconnect === 'Drain' && bodyIsWhole && this.sentAt !== 0) {
      // Nothing is used by what was not sent yet: there is nothing to learn from its answer.
      this.#drained = new DrainedAnswer(this, performance.now());
      this.#answer = this.#drained;
      this.#call.holdsAnswer(0);
      this.#flow.free();
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

  cutShort(last?: Buffer): void {
    this.#isCutShort = true;
    if (last !== undefined) this.#delivery.bytes += last.length;
    this.#letGo(true);
    this.#call.owner.exchange.end(last);
  }

  refuse(rejection: Rejection): void {
    this.#isCutShort = true;
    this.#letGo(true);
    this.#call.owner.refuse(rejection);
  }

  interrupt(rejection: Rejection): void {
    const { provider, operation, owner } = this.#call;
    const response = this.#response;
    const failure = toRefusal(rejection, owner.requestId);
    const told = response && provider.wire.streamError(failure, operation, response, this.#delivery.bytes > 0);
    this.#isCutShort = true;
    this.#letGo(true);
    owner.failed(rejection);
    if (told === undefined) owner.exchange.abort();
    else owner.exchange.endAndClose(told);
  }

  broken(error: unknown): void {
    this.#call.owner.broken(error);
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
      const flushed = this.#answer?.flush();
      const open = flushed === 'Whole' || (flushed === 'AsItCame' && this.#canBeAddedTo(response));
      const failure = toRefusal(rejection, requestId);
      const told = open ? provider.wire.streamError(failure, operation, response, this.#delivery.bytes > 0) : undefined;
      this.#stop('UpstreamFailed');
      owner.failed(rejection);
      if (flushed === 'Ended') exchange.end();
      else if (told === undefined) exchange.abort();
      else exchange.endAndClose(told);
    }
  }

  /** Whether something can be said after the upstream's own bytes. */
  #canBeAddedTo(response: ResponseHead): boolean {
    return this.#meter?.isCutOff !== true && !response.isEncoded && response.header('content-length') === undefined;
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
    this.#flow.end();
    this.endedAt = performance.now();
    if (this.#interventions?.hasIntervened === true) this.#call.guardrails?.intervened();
    const usage = this.#usage(this.#isReceived ? 'Complete' : how);
    if (usage instanceof Promise) {
      usage.then((known) => this.#forwarded(known)).catch((error: unknown) => this.#call.owner.broken(error)); // meters never reject
    } else this.#forwarded(usage);
  }

  #forwarded(usage: MeteredUsage): void {
    this.#call.forwarded(this.#isCutShort ? cutShortUsage(usage) : usage);
  }

  #usage(how: How): MeteredUsage | Promise<MeteredUsage> {
    if (this.#meter !== undefined) return this.#meter.finish(how);
    const { metered } = this.#call.operation;
    // What was never sent has used nothing: there were no credentials to sign it with, or not in time for its client.
    if (!metered || this.#response !== undefined || this.sentAt === 0) return { kind: 'NotMetered' };
    return { kind: 'Missing', reason: how === 'ClientDisconnected' ? 'client_disconnected' : 'upstream_failed' };
  }
}

/** What is missing of the usage of an answer that was blocked is missing for that: the client is there. */
function cutShortUsage(usage: MeteredUsage): MeteredUsage {
  if (usage.kind === 'Missing' && usage.reason === 'client_disconnected') return { ...usage, reason: 'blocked' };
  if (usage.kind === 'Metered' && usage.incomplete === 'client_disconnected')
    return { ...usage, incomplete: 'blocked' };
  return usage;
}
