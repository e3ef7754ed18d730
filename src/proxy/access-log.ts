/** One JSON line per request. */
import { writeMembers, type Logger } from '../telemetry/log.ts';

export class AccessLog {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  get isEnabled(): boolean {
    return this.#log.isLevelEnabled('info');
  }

  /** @param facts the JSON of `RequestFacts` */
  write(facts: string): void {
    writeMembers(this.#log, facts, 'request');
  }
}
