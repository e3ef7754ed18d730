/** The configuration file of a process that serves: what of it can change while the process runs is taken over at once. */
import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { Gauge, type Registry } from 'prom-client';
import { ConfigurationError } from '../config/document.ts';
import { parseConfiguration } from '../config/load.ts';
import type { TidegateConfiguration } from '../config/types.ts';
import { WatchedText, type FoundTexts } from '../config/watched-text.ts';
import { describeError, type Logger } from '../telemetry/log.ts';

export interface LiveConfigurationOptions {
  readonly file: string;
  /** What the process was started with. */
  readonly initial: TidegateConfiguration;
  readonly log: Logger;
  readonly registry: Registry;
  /**
   * Takes over `authentication` and `authorization`.
   *
   * @throws {ConfigurationError} when this process must not; nothing has changed then
   */
  readonly apply: (next: TidegateConfiguration) => void;
  /** Only tests change it. */
  readonly pollMilliseconds?: number;
}

/**
 * Follows the file. `authentication` and `authorization` are taken over live; a change of anything else is named, once, as
 * waiting for the next start. A file that cannot be used is refused whole, and what was in force stays.
 */
export class LiveConfiguration {
  readonly #options: LiveConfigurationOptions;
  readonly #refused: Gauge;
  readonly #lastSuccess: Gauge;
  #watched: WatchedText | undefined;
  #inForce: TidegateConfiguration;
  #problem: string | undefined;
  /** Fields whose change waits for the next start, as last logged. */
  #waiting: readonly string[] = [];

  private constructor(options: LiveConfigurationOptions) {
    const registers = [options.registry];
    this.#options = options;
    this.#inForce = options.initial;
    this.#refused = new Gauge({
      name: 'tidegate_configuration_refused',
      help: '1 while the configuration file cannot be used and the configuration before it holds.',
      registers,
    });
    this.#lastSuccess = new Gauge({
      name: 'tidegate_configuration_last_reload_success_timestamp_seconds',
      help: 'When the configuration file was last read and could be used, in seconds since the epoch.',
      registers,
    });
    this.#lastSuccess.setToCurrentTime();
  }

  /** Resolves when it has looked at the file for the first time. */
  static async open(options: LiveConfigurationOptions): Promise<LiveConfiguration> {
    const live = new LiveConfiguration(options);
    const { file, pollMilliseconds } = options;
    // A pipe has told all that it will.
    const canChange = await stat(file).then(
      (found) => found.isFile(),
      () => true,
    );
    if (canChange) {
      live.#watched = await WatchedText.open({
        files: [file],
        onChange: (found) => live.#take(found),
        pollMilliseconds,
      });
    }
    return live;
  }

  /** Why the file as it is now cannot be used, in one line; undefined when it can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  close(): void {
    this.#watched?.close();
  }

  #take(found: FoundTexts): void {
    const { file, log } = this.#options;
    try {
      if (found.kind === 'Unreadable') throw new ConfigurationError([found.problem]);
      this.#takeOver(parseConfiguration(found.texts.join(''), file));
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#problem !== undefined) log.info({ file }, 'configuration can be used again');
    this.#problem = undefined;
    this.#refused.set(0);
    this.#lastSuccess.setToCurrentTime();
  }

  #takeOver(written: TidegateConfiguration): void {
    const { file, initial, log, apply } = this.#options;
    const next = withListenersAuthorities(written, initial, this.#inForce);
    const changed = changedFields(this.#inForce, next).filter(isLive);
    // First of all, since it may refuse.
    if (changed.length > 0) {
      apply(next);
      log.info({ file, changed }, 'configuration taken over');
    }
    this.#inForce = next;
    const waiting = changesThatWait(initial, written);
    if (waiting.length > 0 && !isDeepStrictEqual(waiting, this.#waiting)) {
      log.warn({ file, changed: waiting }, 'configuration changes that take effect at the next start');
    }
    this.#waiting = waiting;
  }

  #refuse(error: unknown): void {
    const { file, log } = this.#options;
    const isOurs = error instanceof ConfigurationError;
    this.#problem = isOurs ? error.problems.join('; ') : 'internal error, see the log';
    this.#refused.set(1);
    const details = isOurs ? { problems: error.problems } : { err: describeError(error) };
    log.error({ file, ...details }, 'configuration refused: the one before it holds');
  }
}

/** Follows `file`, or nothing when the process was started without one. */
export async function followConfiguration(
  file: string | undefined,
  options: Omit<LiveConfigurationOptions, 'file'>,
): Promise<LiveConfiguration | undefined> {
  return file === undefined ? undefined : LiveConfiguration.open({ ...options, file });
}

/** Fields of sections, such as `limits.openRequests`, that differ. */
function changedFields(before: TidegateConfiguration, after: TidegateConfiguration): readonly string[] {
  const sections = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof TidegateConfiguration>; // by its type
  return [...sections].flatMap((section) => {
    const [a, b] = [before[section], after[section]];
    if (isDeepStrictEqual(a, b)) return [];
    if (typeof a !== 'object' || typeof b !== 'object') return [section];
    const [one, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
    return [...new Set([...one.keys(), ...other.keys()])]
      .filter((field) => !isDeepStrictEqual(one.get(field), other.get(field)))
      .map((field) => `${section}.${field}`);
  });
}

const isLive = (field: string): boolean => /^(?:authentication|authorization)\./.test(field);

/**
 * Who vouches for client certificates is settled when the listener starts. What names of other authorities shall mean must
 * not be said of these: what is in force goes on, unless no certificate shall count any more.
 */
function withListenersAuthorities(
  next: TidegateConfiguration,
  initial: TidegateConfiguration,
  inForce: TidegateConfiguration,
): TidegateConfiguration {
  const { x509, ...authentication } = next.authentication;
  const isSettled = x509 === undefined || x509.clientCAFile === initial.authentication.x509?.clientCAFile;
  const kept = isSettled ? x509 : inForce.authentication.x509;
  return { ...next, authentication: { ...authentication, ...(kept === undefined ? {} : { x509: kept }) } };
}

/** The namespaces that are watched are the operator's concern alone. */
function changesThatWait(initial: TidegateConfiguration, next: TidegateConfiguration): readonly string[] {
  const fields = changedFields(initial, next).filter((field) => !isLive(field) && !/^watchNamespaces\b/.test(field));
  const [before, after] = [initial, next].map(({ authentication }) => authentication.x509?.clientCAFile);
  return [...fields, ...(before === after ? [] : ['authentication.x509.clientCAFile'])].toSorted();
}
