/** What guardrails found in one call, and what came of it: for its metrics, its line in the access log and its answer. */
import type { Tally } from '../../guardrails/engine/watch.ts';
import type { Direction } from '../../guardrails/types.ts';

/** Who stopped a call or an answer. */
export interface BlockedBy {
  /** `namespace/name`. */
  readonly guardrail: string;
  /** For example `pii/Email`; `unreadable` when what could not be read was blocked for that. */
  readonly rule: string;
  readonly direction: Direction;
}

/** Grows while the call runs. Never holds a text. */
export class GuardrailReport {
  readonly #tallies = new Map<string, Tally & { readonly direction: Direction }>();
  #blocked: BlockedBy | undefined;
  #unreadable: Readonly<Partial<Record<Direction, string>>> = {};
  /** Milliseconds of CPU time spent on judging, by direction. */
  readonly milliseconds: Record<Direction, number> = { Input: 0, Output: 0 };

  /** Rules found something. Counts of the same rule add up. */
  found(direction: Direction, tallies: readonly Tally[]): void {
    for (const tally of tallies) {
      const key = `${direction} ${tally.guardrail} ${tally.rule}`;
      const count = (this.#tallies.get(key)?.count ?? 0) + tally.count;
      this.#tallies.set(key, { ...tally, direction, count });
    }
  }

  /** The first who blocks is who did. */
  block(by: BlockedBy): void {
    this.#blocked ??= by;
  }

  /** Something could not be read, whatever came of that. `reason` quotes nothing. The first reason of a direction stays. */
  unreadable(direction: Direction, reason: string): void {
    this.#unreadable = { [direction]: reason, ...this.#unreadable };
  }

  get tallies(): readonly (Tally & { readonly direction: Direction })[] {
    return [...this.#tallies.values()];
  }

  get blocked(): BlockedBy | undefined {
    return this.#blocked;
  }

  /** Why something could not be read. */
  get unread(): Readonly<Partial<Record<Direction, string>>> {
    return this.#unreadable;
  }
}
