/** A list of models on its way to a client that may see only some: the one answer that is held whole. */
import type { Operation } from '../providers/wire.ts';
import type { ProviderState } from './providers.ts';

/** The longest list that is filtered; the longest known is under 1 MiB. */
const MAX_BYTES = 8 * 1024 * 1024;

export class ModelListAnswer {
  readonly bodiless: boolean;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** `bodiless`: the answer to a `HEAD`. */
  constructor(bodiless: boolean) {
    this.bodiless = bodiless;
  }

  /** False: the list is too long. */
  push(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this.#length <= MAX_BYTES;
  }

  /** The list cut down to the allowlist; undefined when it is of no known shape. */
  filtered({ wire, entry }: ProviderState, operation: Operation): Buffer | undefined {
    if (this.bodiless) return Buffer.alloc(0);
    return wire.filterModelList(Buffer.concat(this.#chunks, this.#length), entry, operation);
  }
}
