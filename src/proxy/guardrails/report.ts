/** What guardrails found in one call, and what came of it: for its metrics, its line in the access log and its answer. */
import type { Tally } from '../../guardrails/engine/watch.ts';
import type { Action, Direction } from '../../guardrails/types.ts';
import { type ActiveGuardrail, looksAt, type ProviderGuardrails } from './provider-guardrails.ts';

/** The rule that blocks what cannot be read. */
export const UNREADABLE = 'unreadable';

/** Who stopped a call or an answer. */
export interface BlockedBy {
  /** `namespace/name`. */
  readonly guardrail: string;
  /** For example `pii/Email`; {@link UNREADABLE} when what could not be read was blocked for that. */
  readonly rule: string;
  readonly direction: Direction;
}

/** From strictest to mildest. `Failed`: whom it asks did not answer; `Unreadable`: there was nothing that could be checked. */
export type CheckAction = Action | 'Failed' | 'Unreadable' | 'Allow';

const STRICTNESS: readonly CheckAction[] = ['Block', 'Mask', 'Detect', 'Failed', 'Unreadable', 'Allow'];

/** What one Guardrail made of one direction of a call: of one in `Audit`, what it would have made of it. */
export interface GuardrailOutcome {
  readonly namespace: string;
  readonly guardrail: string;
  /** Of its object. */
  readonly generation: number;
  readonly direction: Direction;
  readonly mode: 'Enforce' | 'Audit';
  /** The strictest that it came to. */
  readonly action: CheckAction;
  /** Which rule led to `action` first; empty for `Unreadable` and `Allow`. */
  readonly rule: string;
  /** What its rules found. */
  readonly tallies: readonly Tally[];
  /** Why something could not be read. Quotes nothing. */
  readonly unread: string | undefined;
  /** The word for what failed first of those that it asks: `Timeout`. */
  readonly failure: string | undefined;
}

/** A check that could not be made, because whom the Guardrail asks did not answer. */
export interface CheckFailure {
  /** `namespace/name`. */
  readonly guardrail: string;
  readonly direction: Direction;
  /** One of a few words, for a label: `Timeout`. */
  readonly reason: string;
}

/** Grows while the call runs. Never holds a text. */
export class GuardrailReport {
  readonly #guardrails: ProviderGuardrails;
  readonly #checked = new Set<Direction>();
  readonly #tallies = new Map<string, Tally & { readonly direction: Direction }>();
  readonly #failures: CheckFailure[] = [];
  #blocked: BlockedBy | undefined;
  #unread: Readonly<Partial<Record<Direction, string>>> = {};
  /** Milliseconds of CPU time spent on judging, by direction. */
  readonly milliseconds: Record<Direction, number> = { Input: 0, Output: 0 };
  /** The longest that text of a streamed answer was held back; undefined: nothing was streamed. */
  streamDelayMilliseconds: number | undefined;

  constructor(guardrails: ProviderGuardrails) {
    this.#guardrails = guardrails;
  }

  /** A direction is looked at: it counts even if nothing is found. */
  checked(direction: Direction): void {
    this.#checked.add(direction);
  }

  /** Rules found something. Counts of the same rule and action add up. */
  found(direction: Direction, tallies: readonly Tally[]): void {
    for (const tally of tallies) {
      const key = `${direction} ${tally.guardrail} ${tally.rule} ${tally.action}`;
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
    this.#checked.add(direction);
    this.#unread = { [direction]: reason, ...this.#unread };
  }

  failed(failure: CheckFailure): void {
    this.#failures.push(failure);
  }

  get tallies(): readonly (Tally & { readonly direction: Direction })[] {
    return [...this.#tallies.values()];
  }

  get failures(): readonly CheckFailure[] {
    return this.#failures;
  }

  get blocked(): BlockedBy | undefined {
    return this.#blocked;
  }

  /** Why something could not be read. */
  get unread(): Readonly<Partial<Record<Direction, string>>> {
    return this.#unread;
  }

  hasChecked(direction: Direction): boolean {
    return this.#checked.has(direction);
  }

  /** One for each direction that was looked at and each Guardrail that looks there, in that order. */
  outcomes(): readonly GuardrailOutcome[] {
    return [...this.#checked].flatMap((direction) =>
      this.#guardrails.list
        .filter((active) => looksAt(active, direction))
        .map((active) => this.#outcome(active, direction)),
    );
  }

  #outcome(active: ActiveGuardrail, direction: Direction): GuardrailOutcome {
    const { entry, policy } = active;
    const tallies = this.tallies.filter((tally) => tally.direction === direction && tally.guardrail === policy.name);
    const candidates = [...this.#verdicts(active, direction), ...tallies, { action: 'Allow', rule: '' } as const];
    const action = STRICTNESS.find((one) => candidates.some((candidate) => candidate.action === one)) ?? 'Allow';
    return {
      namespace: entry.namespace,
      guardrail: entry.name,
      generation: entry.generation,
      direction,
      mode: entry.mode,
      action,
      rule: candidates.find((candidate) => candidate.action === action)?.rule ?? '',
      tallies,
      unread: this.#unread[direction],
      failure: this.#failure(active, direction)?.reason,
    };
  }

  /** The first check of a Guardrail that could not be made. */
  #failure({ policy }: ActiveGuardrail, direction: Direction): CheckFailure | undefined {
    return this.#failures.find((failure) => failure.guardrail === policy.name && failure.direction === direction);
  }

  /** What a Guardrail came to for other reasons than a match. */
  *#verdicts(
    active: ActiveGuardrail,
    direction: Direction,
  ): Generator<{ readonly action: CheckAction; readonly rule: string }> {
    const { entry, policy } = active;
    const { blocked } = this;
    if (blocked?.guardrail === policy.name && blocked.direction === direction) {
      yield { action: 'Block', rule: blocked.rule };
    }
    if (this.#unread[direction] !== undefined) {
      yield entry.failurePolicy === 'Closed'
        ? { action: 'Block', rule: UNREADABLE }
        : { action: 'Unreadable', rule: '' };
    }
    if (this.#failure(active, direction) !== undefined) {
      yield { action: 'Failed', rule: '' };
    }
  }
}
