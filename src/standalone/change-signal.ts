import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Logger } from '../telemetry/log.ts';

/** Called with `onChange` and `onFailure`; returns what ends the watch. A seam for tests. */
export type WatchDirectory = (
  directory: string,
  onChange: () => void,
  onFailure: (error: unknown) => void,
) => { close(): void };

/**
 * Says that a directory may have changed: at once when the file system tells, and after `pollMilliseconds` in any case,
 * because network file systems and exhausted watches don't tell. A replaced directory is watched anew.
 */
export class ChangeSignal {
  readonly #directory: string;
  readonly #pollMilliseconds: number;
  readonly #log: Logger;
  readonly #watch: WatchDirectory;
  #watcher: { close(): void } | undefined;
  #inode: number | undefined;
  #isChanged = false;
  #wake: (() => void) | undefined;

  constructor(
    directory: string,
    pollMilliseconds: number,
    log: Logger,
    watchDirectory: WatchDirectory = watchFileSystem,
  ) {
    this.#directory = directory;
    this.#pollMilliseconds = pollMilliseconds;
    this.#log = log;
    this.#watch = watchDirectory;
  }

  /** Begins to watch, or begins anew when the directory is another one or the watch has failed. */
  async arm(): Promise<void> {
    const inode = await stat(this.#directory).then(
      ({ ino }) => ino,
      () => undefined,
    );
    if (this.#watcher !== undefined && inode === this.#inode) return;
    this.close();
    if (inode === undefined) return;
    try {
      this.#watcher = this.#watch(
        this.#directory,
        () => this.#notify(),
        (error) => this.#fail(error),
      );
      this.#inode = inode;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Resolves at the next change, when the polling interval is over, or when `signal` is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (!this.#isChanged) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, this.#pollMilliseconds);
      this.#wake = resolve;
      const onAbort = (): void => resolve();
      signal.addEventListener('abort', onAbort);
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#wake = undefined;
      }
    }
    this.#isChanged = false;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#inode = undefined;
  }

  #notify(): void {
    this.#isChanged = true;
    this.#wake?.();
  }

  #fail(error: unknown): void {
    this.#log.debug(
      { err: error, directory: this.#directory },
      'the file system does not report changes; looking from time to time',
    );
    this.close();
  }
}

function watchFileSystem(directory: string, onChange: () => void, onFailure: (error: unknown) => void): FSWatcher {
  return watch(directory, { persistent: false }, onChange).on('error', onFailure);
}
