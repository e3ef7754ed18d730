/** An answer on its way to the client: its head, its bytes, and whether the client takes more. */
import type { ResponseHead } from '../response-head.ts';
import type { ForwardedCall } from './answer.ts';
import { gatewayURL, withContinuations, type ClientView } from './continuations.ts';
import type { Flow } from './flow.ts';

/** How an answer that is here whole differs from the upstream's. */
export interface WholeHead {
  /** Another body than the upstream's. */
  readonly isChanged: boolean;
  /** Of the body, in bytes; undefined: it has none. */
  readonly length: number | undefined;
  /** The body is JSON of the gateway's own, whatever came. */
  readonly isOwn?: true;
}

export class Delivery {
  readonly #call: ForwardedCall;
  readonly #flow: Flow;
  /** The client takes no more for now; since when, as far as {@link Delivery.isStuck} has seen. */
  #blocked = false;
  #blockedSince = 0;
  /** The client has been sent the answer's head. */
  hasBegun = false;
  /** Bytes of the body that went to the client. */
  bytes = 0;

  constructor(call: ForwardedCall, flow: Flow) {
    this.#call = call;
    this.#flow = flow;
  }

  /** Sends the head of an answer whose body follows piece by piece. `isChanged`: it is not byte for byte the upstream's. */
  begin(response: ResponseHead, isChanged: boolean): void {
    const { owner, head } = this.#call;
    owner.exchange.head(response.status, this.#headers(response, isChanged));
    // A stream may be open for an hour: what only its begin needed would be kept as long.
    head.forget();
    response.forget();
    this.hasBegun = true;
    if (response.header('content-length') === undefined) owner.exchange.flushHead();
    this.#call.answered(response.status);
  }

  /** Sends the head of an answer that is here whole. */
  beginWhole(response: ResponseHead, { isChanged, length, isOwn }: WholeHead): void {
    const { exchange } = this.#call.owner;
    const headers = this.#headers(response, isChanged, isOwn);
    if (length !== undefined && (isChanged || response.header('content-length') === undefined)) {
      headers.push('content-length', String(length));
    }
    const status = isOwn === true ? 200 : response.status;
    exchange.head(status, headers);
    this.hasBegun = true;
    this.#call.answered(status);
  }

  /** Sends bytes of the body. A client that takes no more slows the upstream down. */
  write(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (!this.#call.owner.exchange.write(chunk) && !this.#blocked) {
      this.#blocked = true;
      this.#flow.stop();
    }
  }

  /** The client takes more again. */
  writable(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#blockedSince = 0;
    this.#flow.go();
  }

  /** Regular look at what only time tells: whether the client has taken nothing for longer than it may. */
  isStuck(now: number): boolean {
    if (!this.#blocked) return false;
    if (this.#blockedSince === 0) this.#blockedSince = now;
    return now - this.#blockedSince > this.#call.provider.entry.timeouts.idleSeconds * 1000;
  }

  /** The provider's URL at the gateway; undefined when it is not known. */
  get gatewayURL(): string | undefined {
    return gatewayURL(this.#clientView());
  }

  #headers(response: ResponseHead, isChanged: boolean, isOwn?: true): string[] {
    const { provider, owner, guardrails } = this.#call;
    const headers = response.forClient(owner.requestId, isChanged, isOwn);
    for (const text of guardrails?.headers() ?? []) headers.push(text);
    const continuations = provider.wire.continuations?.(provider.entry, response) ?? [];
    return continuations.length === 0 ? headers : withContinuations(headers, continuations, this.#clientView());
  }

  #clientView(): ClientView {
    const { head, owner, publicURL } = this.#call;
    const { target } = owner.exchange;
    return { target, path: head.path, publicURL, header: (name) => head.header(name) };
  }
}
