/** The operator's own price list: a file that is read when the proxy starts, and again whenever its text has changed. */
import type { Registry } from 'prom-client';
import { ConfigurationError } from '../config/document.ts';
import { parsePriceList } from '../config/price-list.ts';
import { WatchedText, type FoundTexts } from '../config/watched-text.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Logger } from '../telemetry/log.ts';
import { registerMetric } from './series.ts';

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
  #watched: WatchedText | undefined;
  #isRefused = false;

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
  }

  /** Resolves when the file has been read for the first time, or refused. */
  static async open(options: PriceFileOptions): Promise<PriceFile> {
    const { file, pollMilliseconds } = options;
    const prices = new PriceFile(options);
    prices.#watched = await WatchedText.open({
      files: [file],
      onChange: (found) => prices.#take(found),
      pollMilliseconds,
    });
    return prices;
  }

  close(): void {
    this.#watched?.close();
  }

  #take(found: FoundTexts): void {
    const { file, prices, log } = this.#options;
    try {
      if (found.kind === 'Unreadable') throw new ConfigurationError([found.problem]);
      const list = parsePriceList(found.texts.join(''), file);
      prices.setList(list);
      this.#isRefused = false;
      const models = [...list.values()].reduce((sum, { size }) => sum + size, 0);
      log.info({ file, models }, 'price list in force');
    } catch (error) {
      const problem = error instanceof ConfigurationError ? error.message : String(error);
      log.error({ file, problem }, 'price list refused: the prices before it hold');
      this.#isRefused = true;
    }
  }
}
