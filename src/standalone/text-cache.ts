import { stat } from 'node:fs/promises';
import { readDirectory, readText, type DirectoryReading, type FileText } from './directory.ts';

/** File systems count time in steps of up to 2 s: what is younger may change again without looking newer. */
const YOUNG_MILLISECONDS = 3000;

interface Cached {
  readonly text: FileText;
  readonly stamp: string;
  /** False: it was young when it was read, so that its stamp says little. */
  readonly isTrusted: boolean;
}

/** Reads a directory again and again, opens only what looks changed, and gives the same object for what is the same. */
export class TextCache {
  readonly #files = new Map<string, Cached>();

  async read(directory: string): Promise<DirectoryReading> {
    const reading = await readDirectory(directory, (file) => this.#read(file));
    if ('files' in reading) {
      const there = new Set(reading.files.map(({ file }) => file));
      for (const file of this.#files.keys()) if (!there.has(file)) this.#files.delete(file);
    }
    return reading;
  }

  async #read(file: string): Promise<FileText | undefined> {
    const stats = await stat(file, { bigint: true }).catch(() => undefined);
    const stamp = stats === undefined ? '' : [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join();
    const cached = this.#files.get(file);
    if (cached?.isTrusted === true && cached.stamp === stamp) return cached.text;
    const fresh = await readText(file);
    if (fresh === undefined) return undefined;
    const text = cached !== undefined && isSameText(cached.text, fresh) ? cached.text : fresh;
    const isTrusted = stats !== undefined && Date.now() - Number(stats.ctimeMs) > YOUNG_MILLISECONDS && 'text' in text;
    this.#files.set(file, { text, stamp, isTrusted });
    return text;
  }
}

/** Whether two readings by one {@link TextCache} say the same. */
export function isSameReading(a: DirectoryReading, b: DirectoryReading | undefined): boolean {
  if (b === undefined) return false;
  if ('problem' in a || 'problem' in b) {
    return 'problem' in a && 'problem' in b && a.problem.message === b.problem.message;
  }
  return a.files.length === b.files.length && a.files.every((file, index) => file === b.files[index]);
}

function isSameText(a: FileText, b: FileText): boolean {
  if ('text' in a) return 'text' in b && a.text === b.text;
  return 'problem' in b && a.problem.message === b.problem.message;
}
