import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Catalog } from './catalog.ts';
import { ChangeSignal, type WatchDirectory } from './change-signal.ts';
import { parseFile, readDirectory, type DirectoryReading } from './directory.ts';
import { ChangeLog } from './report.ts';
import type { WatchOptions } from './types.ts';

/** Times that only tests change. */
export interface WatchSettings {
  /** How long files must stay the same before they are taken: writers truncate first and write then. */
  readonly settleMilliseconds: number;
  /** How long to wait for a change that nobody reports. */
  readonly pollMilliseconds: number;
  readonly watch?: WatchDirectory;
}

const SETTINGS: WatchSettings = { settleMilliseconds: 50, pollMilliseconds: 5000 };
const MAX_SETTLE_ROUNDS = 20;

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
  let last: string | undefined;

  const take = (reading: DirectoryReading): void => {
    const fingerprint = fingerprintOf(reading);
    if (fingerprint === last) return;
    last = fingerprint;
    const isWhole = 'files' in reading;
    const files = isWhole
      ? reading.files.map(parseFile)
      : [{ file: directory, documents: [], problems: [reading.problem] }];
    const result = catalog.update(files, !isWhole);
    changes.write(result);
    onResult(result);
  };

  const settled = async (): Promise<DirectoryReading> => {
    let reading = await readDirectory(directory);
    for (let round = 0; round < MAX_SETTLE_ROUNDS && fingerprintOf(reading) !== last; round += 1) {
      await delay(settings.settleMilliseconds, undefined, { signal });
      const again = await readDirectory(directory);
      if (fingerprintOf(again) === fingerprintOf(reading)) return again;
      reading = again;
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
          take(await settled());
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
  take(await readDirectory(directory));
  return { ended: follow() };
}

/** A hash, because the texts hold secrets and need not stay in memory. */
function fingerprintOf(reading: DirectoryReading): string {
  return createHash('sha256').update(JSON.stringify(reading)).digest('hex');
}
