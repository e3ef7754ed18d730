/** An answer on its way to the client: its head, its bytes, and whether the client takes more. */
import type { ResponseHead } from '../response-head.ts';
import type { ForwardedCall } from './answer.ts';
import { gatewayURL, withContinuations, type ClientView } from './continuations.ts';

/** The upstream's connection, as far as an answer slows it down. */
export interface Pausable {
  pause(): void;
}

export class Delivery {
  readonly #call: ForwardedCall;
  #upstream: Pausable | undefined;
  /** The client takes no more for now; since when, as far as {@link Delivery.isStuck} has seen. */
  #blocked = false;
  #blockedSince = 0;
  /** The client has been sent the answer's head. */
  hasBegun = false;
  /** Bytes of the body that went to the client. */
  bytes = 0;

  constructor(call: ForwardedCall) {
    this.#call = call;
  }

  /** Where the answer comes from. */
  from(upstream: Pausable): void {
    this.#upstream = upstream;
  }

  /** Sends the head of an answer whose body follows piece by piece. `reframed`: it is not byte for byte the upstream's. */
  begin(response: ResponseHead, reframed: boolean): void {
    const { owner, head } = this.#call;
    owner.exchange.head(response.status, this.#headers(response, reframed));
    // A stream may be open for an hour: what only its begin needed would be kept as long.
    head.forget();
    response.forget();
    this.hasBegun = true;
    if (response.header('content-length') === undefined) owner.exchange.flushHead();
    this.#call.answered(response.status);
  }

  /** Sends the head of an answer that is here whole and not as it came. `length` of its body in bytes; undefined: it has none. */
  beginWhole(response: ResponseHead, length: number | undefined): void {
    const { owner } = this.#call;
    const headers = response.forClient(owner.requestId, true);
    if (length !== undefined) headers.push('content-length', String(length));
    owner.exchange.head(response.status, headers);
    this.hasBegun = true;
    this.#call.answered(response.status);
  }

  /** Sends bytes of the body. A client that takes no more slows the upstream down. */
  write(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (!this.#call.owner.exchange.write(chunk)) {
      this.#blocked = true;
      this.#upstream?.pause();
    }
  }

  /** The client takes more again. */
  writable(): void {
    this.#blocked = false;
    this.#blockedSince = 0;
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

  #headers(response: ResponseHead, reframed: boolean): string[] {
    const { provider, owner } = this.#call;
    const headers = response.forClient(owner.requestId, reframed);
    const continuations = provider.wire.continuations?.(provider.entry, response) ?? [];
    return continuations.length === 0 ? headers : withContinuations(headers, continuations, this.#clientView());
  }

  #clientView(): ClientView {
    const { head, owner, publicURL } = this.#call;
    const { target } = owner.exchange;
    return { target, path: head.path, publicURL, header: (name) => head.header(name) };
  }
}
