/**
 * Steps 3 and 4 of a call whose caller may make it: admit it, and take its body. A body that must be looked at is held
 * until it is whole, a small one is collected, every other streams through.
 */
import { Readable } from 'node:stream';
import type { BodyScan, BodyScanner, Operation, Splice } from '../providers/wire.ts';
import type { MeteredUsage } from '../usage/record.ts';
import { admitModels, admitOperation, admitProvider, tooLarge } from './admit.ts';
import { BodyStream } from './body-stream.ts';
import type { ProxyContext } from './context.ts';
import type { Exchange } from './exchange/exchange.ts';
import { Forward } from './forward.ts';
import { GuardrailCheck, type InputOutcome } from './guardrails/guardrail-check.ts';
import type { GuardrailReport } from './guardrails/report.ts';
import type { ForwardedBody } from './outgoing.ts';
import { HeldBody, mergedSplices, sha256Of } from './held-body.ts';
import type { ProviderState } from './providers.ts';
import type { Rejection } from './refusal.ts';
import type { RequestHead } from './request-head.ts';
import type { RequestWork } from './work.ts';

/** A body of a known length up to this is collected and sent as one buffer, which is cheaper than a stream. */
const COLLECTED_BYTES = 64 * 1024;

/**
 * Bytes per second that a body which is waited for must come with on average, once `bodyIdleSeconds` have passed: one
 * that trickles would else be waited for without end.
 */
const LEAST_BYTES_PER_SECOND = 1024;

const TOO_BUSY: Rejection = {
  code: 'Overloaded',
  message: 'This proxy holds as many bytes of requests and answers as it may hold; try again.',
};

const NO_BODY: ForwardedBody = { body: null, length: undefined, sha256: () => sha256Of([]) };

/** Who a call tells what becomes of it. */
export interface CallOwner {
  readonly requestId: string;
  readonly exchange: Exchange;
  /** The client gets a refusal: the answer has not begun. */
  refuse(rejection: Rejection): void;
  /** The answer begins. */
  answered(status: number): void;
  /** The answer had begun when the call failed; the client has been told as its form allows. */
  failed(rejection: Rejection): void;
  /** The usage of the call is known: it was forwarded and is over. */
  settled(): void;
  /** Something threw that must not: a defect. */
  broken(error: unknown): void;
}

/** What the scan of a sound body says. */
type Scanned = Exclude<BodyScan, { readonly kind: 'Invalid' }>;

export class ProviderCall implements RequestWork {
  readonly owner: CallOwner;
  readonly provider: ProviderState;
  readonly head: RequestHead;
  readonly operation: Operation;
  readonly #context: ProxyContext;
  /** As the client named it; undefined until it is found. */
  model: string | undefined;
  forward: Forward | undefined;
  /** Undefined until the call has been forwarded and is over. */
  usage: MeteredUsage | undefined;
  requestBytes = 0;
  /** Milliseconds that the client took for a body that was waited for. */
  waitedMilliseconds = 0;
  /** Undefined: the provider has no guardrails, or the call was not let in. */
  guardrails: GuardrailCheck | undefined;

  #scanner: BodyScanner | undefined;
  #held: HeldBody | undefined;
  #stream: BodyStream | undefined;
  #receivingSince = 0;
  #isReceiving = false;
  #isWhole: boolean;
  #heldBytes = 0;
  #answerBytes = 0;
  /** Guardrails are at work on the body, which is whole. */
  #isJudged = false;
  /** Since when the client has sent nothing, as far as {@link ProviderCall.sweep} has seen; 0: it has. */
  #quietSince = 0;

  constructor(owner: CallOwner, context: ProxyContext, provider: ProviderState, head: RequestHead) {
    this.owner = owner;
    this.provider = provider;
    this.head = head;
    this.#context = context;
    this.#isWhole = !owner.exchange.hasBody;
    this.operation = provider.wire.classify(head, provider.entry);
    if (this.operation.model.in === 'Head') this.model = this.operation.model.model;
  }

  get publicURL(): string | undefined {
    return this.#context.publicURL;
  }

  get guardrailReport(): GuardrailReport | undefined {
    return this.guardrails?.report;
  }

  /** Admits the call and forwards it, now or when its body is here; or refuses it. */
  begin(): void {
    const { owner, provider, head, operation } = this;
    const { limits } = this.#context;
    const rejection =
      admitProvider(provider.entry, head, limits.requestBytes) ?? admitOperation(provider.entry, operation, head);
    if (rejection !== undefined) {
      owner.refuse(rejection);
      return;
    }
    if (provider.guardrails !== undefined) {
      this.guardrails = new GuardrailCheck(provider.guardrails, this.#context.guardrailHeader);
      this.guardrails.attach(provider.entry, head);
    }
    this.#scanner = provider.wire.bodyScanner(operation, head, provider.entry);
    const length = head.contentLength;
    if (this.#isWhole) {
      this.#bodyIsHere();
    } else if (this.#mustBeHeld || (length !== undefined && length <= COLLECTED_BYTES)) {
      if (this.#context.heldBytes + (length ?? 0) > limits.bytesInFlight) {
        owner.refuse(TOO_BUSY);
        return;
      }
      this.#held = new HeldBody(this.#isSigned);
      this.#receive();
    } else {
      this.#stream = new BodyStream(owner.exchange);
      this.#receive();
      this.#send({ body: this.#stream, length }, false);
    }
  }

  bodyChunk(chunk: Buffer): void {
    if (!this.#isReceiving) return;
    const { limits } = this.#context;
    this.#quietSince = 0;
    this.requestBytes += chunk.length;
    if (this.requestBytes > limits.requestBytes) {
      this.cut(tooLarge(limits.requestBytes));
    } else if (this.#stream !== undefined) {
      this.#stream.feed(chunk);
    } else if (this.#held !== undefined) {
      this.#hold(chunk.length);
      if (this.#context.heldBytes > limits.bytesInFlight) {
        this.cut(TOO_BUSY);
        return;
      }
      this.#held.push(chunk);
      this.#scanner?.push(chunk);
    }
  }

  bodyEnd(): void {
    if (!this.#isReceiving) return;
    this.#isReceiving = false;
    this.#isWhole = true;
    if (this.#stream === undefined) {
      this.waitedMilliseconds = performance.now() - this.#receivingSince;
      this.#bodyIsHere();
    } else this.#stream.finish();
  }

  resume(): void {
    this.forward?.resume();
  }

  /** The client hung up. */
  clientGone(): void {
    const whole = this.#isWhole;
    this.#giveUpBody();
    this.forward?.clientGone(whole);
  }

  /** Ends the call for a reason of the gateway's own. */
  cut(rejection: Rejection): void {
    this.#giveUpBody();
    if (this.forward === undefined) this.owner.refuse(rejection);
    else this.forward.cut(rejection);
  }

  /** Regular look at what only time tells. `now` is monotonic, in milliseconds. */
  sweep(now: number): void {
    if (this.forward?.sweep(now) === true) {
      this.owner.exchange.abort();
    } else if (this.#isReceiving && this.#stream?.isHeldUp !== true) {
      if (this.#quietSince === 0) this.#quietSince = now;
      else if (now - this.#quietSince > this.#context.limits.bodyIdleSeconds * 1000) {
        this.cut({ code: 'RequestTimeout', message: 'The request body did not come in time.' });
        return;
      }
      if (this.#held !== undefined && this.#isTrickling(now)) {
        this.cut({ code: 'RequestTimeout', message: 'The request body came too slowly.' });
      }
    }
  }

  #isTrickling(now: number): boolean {
    const seconds = (now - this.#receivingSince) / 1000 - this.#context.limits.bodyIdleSeconds;
    return seconds > this.requestBytes / LEAST_BYTES_PER_SECOND;
  }

  /** From the forward: the upstream has begun to answer. */
  answered(status: number): void {
    this.owner.answered(status);
  }

  /** From the forward: so many bytes of the answer are in memory. False: that is more than may be. */
  holdsAnswer(bytes: number): boolean {
    // What is left of a call that has ended goes with it.
    const held = this.usage === undefined ? bytes : 0;
    this.#context.heldBytes += held - this.#answerBytes;
    this.#answerBytes = held;
    return this.#context.heldBytes <= this.#context.limits.bytesInFlight;
  }

  /** From the forward: it is over. */
  forwarded(usage: MeteredUsage): void {
    this.usage = usage;
    this.#giveUpBody();
    this.guardrails?.abandon();
    this.holdsAnswer(0);
    this.provider.upstreamOf(this.operation).release();
    this.owner.settled();
  }

  #receive(): void {
    this.#isReceiving = true;
    this.#receivingSince = performance.now();
    this.owner.exchange.receive();
  }

  #bodyIsHere(): void {
    const held = this.#held;
    this.#held = undefined;
    const scan = this.#scanner?.end();
    this.#scanner = undefined;
    if (scan?.kind === 'Invalid') {
      this.#refuse({ code: 'InvalidRequest', message: scan.message });
      return;
    }
    if (scan !== undefined) {
      this.model = scan.model;
      const rejection = admitModels(this.provider.entry, scan.model, scan.toolModels);
      if (rejection !== undefined) {
        this.#refuse(rejection);
        return;
      }
    }
    if (this.guardrails?.watches('Input') !== true) this.#sendHeld(held, scan, []);
    // A call without a body may still carry one elsewhere.
    else this.#judge(this.guardrails, held ?? new HeldBody(), scan);
  }

  #judge(guardrails: GuardrailCheck, held: HeldBody, scan: Scanned | undefined): void {
    const outcome = guardrails.input(this.operation, this.head, held.whole());
    if (outcome instanceof Promise) {
      this.#isJudged = true;
      // Its texts are in memory as well.
      this.#hold(held.length);
      outcome
        .then((known) => {
          if (this.#isJudged) this.#judged(known, held, scan);
        })
        .catch((error: unknown) => this.owner.broken(error));
    } else this.#judged(outcome, held, scan);
  }

  #judged(outcome: InputOutcome, held: HeldBody, scan: Scanned | undefined): void {
    if (this.#isJudged) this.#hold(-held.length);
    this.#isJudged = false;
    if (outcome.kind === 'Blocked') this.#refuse(outcome.rejection);
    else this.#sendHeld(held, scan, outcome.splices);
  }

  #sendHeld(held: HeldBody | undefined, scan: Scanned | undefined, masks: readonly Splice[]): void {
    const taken = held?.take(mergedSplices(scan?.splices ?? [], masks));
    // A stream lets go of what it has handed over. A buffer stays in memory as long as the call.
    if (taken?.body instanceof Readable) taken.body.once('close', () => this.#releaseHeld());
    this.#send(taken ?? NO_BODY, scan?.stripUsage ?? false);
  }

  #refuse(rejection: Rejection): void {
    this.#releaseHeld();
    this.owner.refuse(rejection);
  }

  /** What is to be looked into must be whole. */
  get #mustBeHeld(): boolean {
    return this.#scanner !== undefined || this.#isSigned || this.guardrails?.watches('Input') === true;
  }

  /** A signature is over the body, so that it must be whole. */
  get #isSigned(): boolean {
    return this.provider.credentials !== undefined;
  }

  #send(body: ForwardedBody, stripUsage: boolean): void {
    this.provider.upstreamOf(this.operation).hold();
    this.forward = new Forward(this, stripUsage);
    this.forward.send(body);
  }

  /** Whatever of the body has not come is of no interest any more. */
  #giveUpBody(): void {
    this.#isReceiving = false;
    this.#held = undefined;
    this.#scanner = undefined;
    if (this.#isJudged) this.guardrails?.abandon();
    this.#isJudged = false;
    this.#releaseHeld();
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#context.heldBytes += bytes;
  }

  #releaseHeld(): void {
    this.#hold(-this.#heldBytes);
  }
}
