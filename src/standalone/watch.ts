import { setTimeout as delay } from 'node:timers/promises';
import { Catalog } from './catalog.ts';
import { ChangeSignal, type WatchDirectory } from './change-signal.ts';
import { parseFile, type DirectoryReading, type FileText, type ReadFile } from './directory.ts';
import { ChangeLog } from './report.ts';
import { isSameReading, TextCache } from './text-cache.ts';
import type { WatchOptions } from './types.ts';

/** Times that only tests change. */
export interface WatchSettings {
  /** How long files must stay the same before they are taken: writers truncate first and write then. */
  readonly settleMilliseconds: number;
  /** How long a file that held objects may stay empty before they are gone: some writers pause after they truncate. */
  readonly emptiedMilliseconds: number;
  /** How long to wait for a change that nobody reports. */
  readonly pollMilliseconds: number;
  readonly watch?: WatchDirectory;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const SETTINGS: WatchSettings = { settleMilliseconds: 50, emptiedMilliseconds: 2500, pollMilliseconds: 5000 };
const MAX_SETTLE_ROUNDS = 20;
const EMPTIED_ROUNDS = 10;

/** A watch that goes on until its signal is aborted. */
export interface ManifestWatch {
  /** Resolves when everything is closed. */
  readonly ended: Promise<void>;
}

/**
 * Reads a directory of manifests, hands the result over, and goes on doing so whenever something changes, until
 * `signal` is aborted. Resolves after the first result. A directory that cannot be read is a problem like any other: what
 * is in force stays so.
 */
export async function watchManifests(
  options: WatchOptions,
  settings: WatchSettings = SETTINGS,
): Promise<ManifestWatch> {
  const { directory, env, log, signal, onResult } = options;
  const catalog = new Catalog(env);
  const changes = new ChangeLog(log);
  const changeSignal = new ChangeSignal(directory, settings.pollMilliseconds, log, settings.watch);
  const { wait = defaultWait } = settings;
  const texts = new TextCache();
  const parsed = new WeakMap<FileText, ReadFile>();
  const parse = (text: FileText): ReadFile => {
    const file = parsed.get(text) ?? parseFile(text);
    parsed.set(text, file);
    return file;
  };
  let last: DirectoryReading | undefined;
  /** Files that held objects when they were last taken. */
  let full: ReadonlySet<string> = new Set();

  const take = (reading: DirectoryReading): void => {
    if (isSameReading(reading, last)) return;
    last = reading;
    const isWhole = 'files' in reading;
    const files = isWhole
      ? reading.files.map(parse)
      : [{ file: directory, documents: [], problems: [reading.problem] }];
    if (isWhole) full = new Set(files.flatMap(({ file, documents }) => (documents.length > 0 ? [file] : [])));
    const result = catalog.update(files, !isWhole);
    changes.write(result);
    onResult(result);
  };

  const settled = async (): Promise<DirectoryReading> => {
    let reading = await texts.read(directory);
    for (let round = 0; round < MAX_SETTLE_ROUNDS && !isSameReading(reading, last); round += 1) {
      await wait(settings.settleMilliseconds, signal);
      const again = await texts.read(directory);
      if (isSameReading(again, reading)) return again;
      reading = again;
    }
    return reading;
  };

  const isEmptied = (reading: DirectoryReading): boolean =>
    'files' in reading && reading.files.some((text) => full.has(text.file) && 'text' in text && text.text === '');

  const refilled = async (): Promise<DirectoryReading> => {
    let reading = await settled();
    for (let round = 0; round < EMPTIED_ROUNDS && isEmptied(reading); round += 1) {
      await wait(settings.emptiedMilliseconds / EMPTIED_ROUNDS, signal);
      reading = await settled();
    }
    return reading;
  };

  const follow = async (): Promise<void> => {
    try {
      while (!signal.aborted) {
        await changeSignal.next(signal);
        if (signal.aborted) return;
        await changeSignal.arm();
        try {
          take(await refilled());
        } catch (error) {
          if (!signal.aborted)
            log.error({ err: error, directory }, 'cannot take over the manifests; what is in force stays so');
        }
      }
    } finally {
      changeSignal.close();
    }
  };

  await changeSignal.arm();
  take(await texts.read(directory));
  return { ended: follow() };
}

async function defaultWait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
}
