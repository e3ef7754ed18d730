import { sumOfCosts } from '../../prices/cost.ts';
import type { Cost } from '../../prices/cost.ts';
import type { PriceBook } from '../../prices/price-book.ts';
import type { OperationName, ResponseUsage } from '../../providers/wire.ts';
import type { MeteredUsage, UsageMissingReason } from '../../usage/record.ts';
import { countUsage } from '../account.ts';
import type { ProviderState } from '../providers.ts';
import { SessionUsage } from './session-usage.ts';
import type { SessionEnd } from './tunnel.ts';

/** Why responses that a session left unfinished have no figure. */
const UNFINISHED: Readonly<Record<SessionEnd, UsageMissingReason>> = {
  Complete: 'client_disconnected',
  ClientDisconnected: 'client_disconnected',
  UpstreamFailed: 'upstream_failed',
};

/** Counts the responses of one session, each when it is done: a session may last an hour. Keeps their sum. */
export class SessionAccount {
  readonly #prices: PriceBook;
  readonly #provider: ProviderState;
  readonly #operation: OperationName;
  readonly #model: string | undefined;
  readonly #usage = new SessionUsage();
  #cost: Cost | undefined;

  /** `model`: that of the session, as the client named it. */
  constructor(prices: PriceBook, provider: ProviderState, operation: OperationName, model: string | undefined) {
    this.#prices = prices;
    this.#provider = provider;
    this.#operation = operation;
    this.#model = model;
  }

  /** The session's usage record. */
  get usage(): MeteredUsage {
    return this.#usage.sum;
  }

  /** Of all responses, each at its own model's price; undefined when none was metered. */
  get cost(): Cost | undefined {
    return this.#cost;
  }

  count({ usage, otherModel }: ResponseUsage): void {
    const { entry, series } = this.#provider;
    const model = otherModel ?? this.#model;
    const call = series.call(entry, this.#operation, model);
    const cost = countUsage(this.#prices, series, call, { entry, model, usage });
    if (cost !== undefined) this.#cost = this.#cost === undefined ? cost : sumOfCosts(this.#cost, cost);
    this.#usage.add(usage);
  }

  /** The session is over, and so many responses have begun and not ended. */
  giveUp(responses: number, how: SessionEnd): void {
    for (let left = responses; left > 0; left -= 1) this.count({ usage: { kind: 'Missing', reason: UNFINISHED[how] } });
  }
}
