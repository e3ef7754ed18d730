/**
 * The few answers that a client must not get as they are, and that are held whole for it: a list of models of which it may
 * see only some, and JSON with URLs that would lead it past the gateway.
 */
import { hasAllowlist } from '../providers/allowlist.ts';
import type { Operation } from '../providers/wire.ts';
import type { ProviderState } from './providers.ts';

/** The longest answer that is held; the longest list known is under 1 MiB. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Whether answers of this call are held. */
export function mustBeHeld({ entry }: ProviderState, operation: Operation): boolean {
  return operation.urlsInBody === true || (operation.modelList && hasAllowlist(entry));
}

export class HeldAnswer {
  readonly bodiless: boolean;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** `bodiless`: the answer to a `HEAD`. */
  constructor(bodiless: boolean) {
    this.bodiless = bodiless;
  }

  /** False: the answer is too long. */
  push(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this.#length <= MAX_BYTES;
  }

  /**
   * What the client gets; undefined when it is of no known shape and must not pass. `encoded`: it came in an encoding that
   * was not asked for. `gatewayURL` is the provider's at the gateway, undefined when it is not known.
   */
  changed(
    { wire, entry }: ProviderState,
    operation: Operation,
    encoded: boolean,
    gatewayURL: string | undefined,
  ): Buffer | undefined {
    const body = Buffer.concat(this.#chunks, this.#length);
    if (this.bodiless) return body;
    if (operation.modelList && hasAllowlist(entry)) {
      return encoded ? undefined : wire.filterModelList(body, entry, operation);
    }
    return encoded || gatewayURL === undefined ? body : (wire.leadThrough?.(body, gatewayURL) ?? body);
  }
}
