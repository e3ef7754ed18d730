/** The operator's own price list: a file that is read when the proxy starts, and again whenever its text has changed. */
import type { Registry } from 'prom-client';
import { ConfigurationError } from '../config/document.ts';
import { readText } from '../config/file.ts';
import { parsePriceList } from '../config/price-list.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Logger } from '../telemetry/log.ts';
import { registerMetric } from './series.ts';

/** How often the file is looked at. A ConfigMap takes longer to arrive than that. */
const POLL_MILLISECONDS = 5000;

export interface PriceFileOptions {
  readonly file: string;
  readonly prices: PriceBook;
  readonly log: Logger;
  readonly registry: Registry;
  /** Only tests change it. */
  readonly pollMilliseconds?: number;
}

/**
 * A file that cannot be used changes nothing: what was in force stays so, at the start the built-in catalog alone. No call
 * is refused for the want of a price.
 */
export class PriceFile {
  readonly #options: PriceFileOptions;
  readonly #timer: NodeJS.Timeout;
  /** What was last looked at: a text, or why there is none. */
  #seen: string | undefined;
  #isRefused = false;
  #isReading = false;

  private constructor(options: PriceFileOptions) {
    this.#options = options;
    registerMetric(
      options.registry,
      {
        name: 'tidegate_price_list_refused',
        help: '1 while the price list cannot be used and the prices before it hold.',
        type: 'gauge',
      },
      () => [{ labels: {}, value: this.#isRefused ? 1 : 0 }],
    );
    this.#timer = setInterval(() => void this.#look(), options.pollMilliseconds ?? POLL_MILLISECONDS);
    this.#timer.unref();
  }

  /** Resolves when the file has been read for the first time, or refused. */
  static async open(options: PriceFileOptions): Promise<PriceFile> {
    const file = new PriceFile(options);
    await file.#look();
    return file;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const { file, prices, log } = this.#options;
    let seen: string | undefined;
    try {
      seen = await readText(file);
      if (seen === this.#seen) return;
      const list = parsePriceList(seen, file);
      prices.setList(list);
      this.#isRefused = false;
      const models = [...list.values()].reduce((sum, { size }) => sum + size, 0);
      log.info({ file, models }, 'price list in force');
    } catch (error) {
      const problem = error instanceof ConfigurationError ? error.message : String(error);
      seen ??= problem;
      if (seen !== this.#seen) log.error({ file, problem }, 'price list refused: the prices before it hold');
      this.#isRefused = true;
    } finally {
      this.#seen = seen;
      this.#isReading = false;
    }
  }
}
