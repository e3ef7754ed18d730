/** Which namespaces can't be read: said in the log and in a metric, since what was served of them goes on being served. */
import { systemClock } from '../kube/clock.ts';
import type { Clock, Log } from '../kube/types.ts';
import type { OperatorMetrics } from './metrics.ts';
import type { Watched } from './sources.ts';

export interface ReachOptions {
  readonly metrics: OperatorMetrics;
  readonly log: Log;
  readonly clock?: Clock;
  /** What is watched, by the name that people read. */
  readonly sources: Readonly<Record<string, Pick<Watched<never>, 'namespaces'>>>;
  /** A namespace has come into reach or gone out of it. */
  readonly onChange: () => void;
}

const LOOK_MS = 1_000;

export class Reach {
  readonly #options: ReachOptions;
  readonly #clock: Clock;
  readonly #refused = new Map<string, string>();
  #cancel: (() => void) | undefined;

  constructor(options: ReachOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    for (const resource of Object.keys(options.sources)) options.metrics.namespacesRefused.set({ resource }, 0);
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#cancel?.();
  }

  /** What has not been listed yet, such as `Secrets in team-a`; undefined when all has been, or can't be. */
  get pending(): string | undefined {
    const parts = Object.entries(this.#options.sources).flatMap(([resource, source]) => {
      const namespaces = source.namespaces('Pending');
      return namespaces.length === 0 ? [] : [`${resource} in ${summary(namespaces)}`];
    });
    return parts.length === 0 ? undefined : parts.join(', ');
  }

  #look(): void {
    this.#cancel = this.#clock.schedule(LOOK_MS, () => this.#look());
    const { metrics, log, onChange } = this.#options;
    for (const [resource, source] of Object.entries(this.#options.sources)) {
      const refused = source.namespaces('Refused');
      const now = refused.join(', ');
      if (now === (this.#refused.get(resource) ?? '')) continue;
      this.#refused.set(resource, now);
      metrics.namespacesRefused.set({ resource }, refused.length);
      if (refused.length === 0) log.info({ resource }, 'every watched namespace can be read again');
      else
        log.error(
          { resource, namespaces: refused },
          'namespaces that are watched cannot be read; what was served of them stays',
        );
      onChange();
    }
  }
}

function summary(namespaces: readonly string[]): string {
  const shown = namespaces.slice(0, 3).join(', ');
  return namespaces.length > 3 ? `${shown} and ${String(namespaces.length - 3)} more` : shown;
}
