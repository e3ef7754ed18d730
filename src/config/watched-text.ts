/** Files that are read again while the process runs: mounted ConfigMaps and Secrets, certificates, price lists. */
import { ConfigurationError } from './document.ts';
import { readText } from './file.ts';

/** How often the files are looked at. A ConfigMap takes longer to arrive than that. */
const POLL_MILLISECONDS = 5000;

/** What was found at a look: the texts, in the order of the files, or why there are none. */
export type FoundTexts =
  | { readonly kind: 'Read'; readonly texts: readonly string[] }
  /** One line for a person, which names the file. */
  | { readonly kind: 'Unreadable'; readonly problem: string };

export interface WatchedTextOptions {
  /** Read together; at most 1 MiB each. */
  readonly files: readonly string[];
  /** Called for what was found first, and again whenever something else was found. It must not throw. */
  readonly onChange: (found: FoundTexts) => void;
  /** Only tests change it. */
  readonly pollMilliseconds?: number | undefined;
}

/**
 * Looks at a few files every five seconds. It polls because a mounted volume changes by a swapped symbolic link two
 * folders up, which a watch of the file does not see.
 *
 * A file that is gone or half written is told like any other change, and so is its return: what to make of it is for the
 * owner to decide, who usually keeps what was in force. Files that belong together may be read on both sides of a swap;
 * the next look finds them together.
 */
export class WatchedText {
  readonly #options: WatchedTextOptions;
  readonly #timer: NodeJS.Timeout;
  #last: FoundTexts | undefined;
  #isLooking = false;
  #isClosed = false;

  private constructor(options: WatchedTextOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), options.pollMilliseconds ?? POLL_MILLISECONDS);
    this.#timer.unref();
  }

  /** Resolves when the files have been looked at for the first time and `onChange` has been told. */
  static async open(options: WatchedTextOptions): Promise<WatchedText> {
    const watched = new WatchedText(options);
    await watched.#look();
    return watched;
  }

  /** From now on `onChange` is not called any more. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const found = await find(this.#options.files);
    this.#isLooking = false;
    if (this.#isClosed || (this.#last !== undefined && areEqual(found, this.#last))) return;
    this.#last = found;
    this.#options.onChange(found);
  }
}

async function find(files: readonly string[]): Promise<FoundTexts> {
  try {
    return { kind: 'Read', texts: await Promise.all(files.map(readText)) };
  } catch (error) {
    return { kind: 'Unreadable', problem: error instanceof ConfigurationError ? error.message : String(error) };
  }
}

function areEqual(a: FoundTexts, b: FoundTexts): boolean {
  if (a.kind === 'Read' && b.kind === 'Read') return a.texts.every((text, i) => text === b.texts[i]);
  return a.kind === 'Unreadable' && b.kind === 'Unreadable' && a.problem === b.problem;
}
