/**
 * The few answers that a client must not get as they are, and that are held whole for it: a list of models of which it may
 * see only some, and JSON with URLs that would lead it past the gateway.
 */
import { hasAllowlist } from '../../providers/allowlist.ts';
import type { Operation } from '../../providers/wire.ts';
import type { ProviderState } from '../providers.ts';
import type { Rejection } from '../refusal.ts';
import type { ResponseHead } from '../response-head.ts';
import type { Answer, AnswerOwner, Flushed, ForwardedCall } from './answer.ts';
import type { Delivery } from './delivery.ts';
import { HeldBytes } from './held-bytes.ts';
import type { AnswerParts } from './parts.ts';

/** The longest answer that is held; the longest list known is under 1 MiB. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Whether answers of this call are held. */
export function mustBeHeld({ entry }: ProviderState, operation: Operation): boolean {
  return operation.urlsInBody === true || (operation.modelList && hasAllowlist(entry));
}

export class ChangedAnswer implements Answer {
  readonly #owner: AnswerOwner;
  readonly #delivery: Delivery;
  readonly #call: ForwardedCall;
  readonly #response: ResponseHead;
  readonly #held = new HeldBytes(MAX_BYTES);

  constructor({ owner, delivery, call, response }: AnswerParts) {
    this.#owner = owner;
    this.#delivery = delivery;
    this.#call = call;
    this.#response = response;
  }

  begin(): void {
    // Its head depends on its body.
  }

  push(chunk: Buffer): void {
    if (!this.#held.push(chunk)) this.#owner.fail(this.#unreadable());
  }

  end(): void {
    const body = this.#held.take();
    const bodiless = this.#call.head.method === 'HEAD';
    const changed = bodiless ? body : this.#changed(body);
    if (changed === undefined) {
      this.#owner.fail(this.#unreadable());
      return;
    }
    this.#delivery.beginWhole(this.#response, { isChanged: true, length: bodiless ? undefined : changed.length });
    this.#owner.complete(changed);
  }

  flush(): Flushed {
    return 'AsItCame';
  }

  /** What the client gets; undefined when it is of no known shape and must not pass. */
  #changed(body: Buffer): Buffer | undefined {
    const { provider, operation } = this.#call;
    const { wire, entry } = provider;
    const { isEncoded } = this.#response;
    if (operation.modelList && hasAllowlist(entry)) {
      return isEncoded ? undefined : wire.filterModelList(body, entry, operation);
    }
    const url = isEncoded ? undefined : this.#delivery.gatewayURL;
    return url === undefined ? body : (wire.leadThrough?.(body, url) ?? body);
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
}
