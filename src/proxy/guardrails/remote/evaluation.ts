/** All judges of one Guardrail, asked about texts: limits, time, a second try, and one verdict of all that they say. */
import { CredentialError } from '../../../aws/credential-source.ts';
import type { Ask, Reading, RemoteText } from '../../../guardrails/remote/types.ts';
import { UnreadableAnswer } from '../../../guardrails/remote/types.ts';
import { VerdictBuilder } from '../../../guardrails/remote/verdict.ts';
import type { Direction } from '../../../guardrails/types.ts';
import { describeFailure, isConnectionLost } from '../../upstream/failure.ts';
import type { JudgeFailure } from './failure-log.ts';
import { Limiter, Overloaded } from './limiter.ts';
import type { EvaluationFailure, RemoteEvaluator, RemoteOutcome } from './port.ts';
import type { PostAnswer } from './post.ts';
import { ProviderUnavailable, type Target } from './targets.ts';

/** Requests to the judges of one Guardrail at once, and those that wait. */
const CONCURRENCY = 32;
const MAX_WAITING = 2_000;

/** UTF-16 code units of all texts of a call; more is not sent. */
const MAX_LENGTH = 1_000_000;

/** Names of rules that come from outside and become labels; further ones are called {@link OTHER_RULE}. */
const MAX_RULES = 200;
const OTHER_RULE = 'other';

/** Before the second try of what was turned away; as much again by chance. */
const RETRY_MILLISECONDS = 100;

/** A judge with what of it depends on the call. */
export interface Judge {
  readonly target: Target;
  /** AWS asks it itself about calls that a guardrail is attached to. */
  readonly isAttached: boolean;
  watches(direction: Direction): boolean;
}

class EvaluationTimeout extends Error {
  readonly code = 'TIDEGATE_EVALUATION_TIMEOUT';
}

class TooLong extends Error {
  readonly code = 'TIDEGATE_EVALUATION_TOO_LONG';
}

/** An answer with a status that is no verdict. */
class BadStatus extends Error {
  readonly code = 'TIDEGATE_EVALUATION_STATUS';
  readonly status: number;

  constructor(status: number) {
    super(`the answer has the status ${String(status)}`);
    this.name = 'BadStatus';
    this.status = status;
  }
}

/** What is known of one that failed, beside whose it is. */
export type FailureNote = Omit<JudgeFailure, 'guardrail'>;

export class Evaluation implements RemoteEvaluator {
  readonly #judges: readonly Judge[];
  readonly #note: (failure: FailureNote) => void;
  readonly #timeoutMilliseconds: number;
  readonly #limiter = new Limiter(CONCURRENCY, MAX_WAITING);
  readonly #rules = new Set<string>();

  /** `note` hears of each judge that gave no verdict though one was wanted. */
  constructor(judges: readonly Judge[], timeoutMilliseconds: number, note: (failure: FailureNote) => void) {
    this.#judges = judges;
    this.#note = note;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  watches(direction: Direction, isAttached: boolean): boolean {
    return this.#asked(direction, isAttached).length > 0;
  }

  async evaluate(
    texts: readonly RemoteText[],
    direction: Direction,
    isAttached: boolean,
    signal: AbortSignal,
  ): Promise<RemoteOutcome> {
    const verdict = new VerdictBuilder();
    const judges = this.#asked(direction, isAttached);
    if (judges.length === 0) return { verdict: verdict.build(texts), failure: undefined };
    // One that blocks is enough: nobody else need answer.
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(new EvaluationTimeout()), this.#timeoutMilliseconds);
    const stop = AbortSignal.any([signal, over.signal]);
    const failures = await Promise.all(
      judges.map(({ target }) =>
        this.#askAll(
          target,
          () => planned(target, texts, direction),
          stop,
          (reading) => {
            verdict.add(
              reading.findings.map((finding) => ({ ...finding, rule: this.#known(finding.rule) })),
              reading.edits,
            );
            if (verdict.blockedBy !== undefined) over.abort();
          },
        ),
      ),
    );
    clearTimeout(timer);
    const failed = failures.filter((each) => each !== undefined);
    if (verdict.blockedBy !== undefined) return { verdict: verdict.build(texts), failure: undefined };
    if (!signal.aborted) for (const each of failed) this.#note(each);
    return { verdict: verdict.build(texts), failure: failed[0]?.reason };
  }

  /** Why a judge has not said everything; undefined: it has. What it is asked ends with the first failure. */
  async #askAll(
    target: Target,
    asks: () => readonly Ask[],
    signal: AbortSignal,
    heard: (reading: Extract<Reading, { kind: 'Read' }>) => void,
  ): Promise<FailureNote | undefined> {
    const failed = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    const ask = async (asked: Ask): Promise<void> => {
      const reading = asked.read(await this.#answer(asked, target, stop));
      if (reading.kind === 'Read') heard(reading);
      else await Promise.all(reading.asks.map(ask));
    };
    try {
      await Promise.all(asks().map(ask));
      return undefined;
    } catch (error) {
      failed.abort();
      return this.#noteOf(target, error);
    }
  }

  #noteOf({ host }: Target, error: unknown): FailureNote {
    const reason = failureOf(error);
    const status = error instanceof BadStatus ? error.status : undefined;
    return { host, reason, status, detail: detailOf(error, reason, this.#timeoutMilliseconds) };
  }

  /** Takes no new requests. */
  retire(): void {
    for (const { target } of this.#judges) target.retire();
  }

  #asked(direction: Direction, isAttached: boolean): readonly Judge[] {
    return this.#judges.filter((judge) => judge.watches(direction) && !(isAttached && judge.isAttached));
  }

  #known(rule: string): string {
    if (this.#rules.size >= MAX_RULES && !this.#rules.has(rule)) return OTHER_RULE;
    this.#rules.add(rule);
    return rule;
  }

  /** The body of a good answer. */
  async #answer(ask: Ask, target: Target, signal: AbortSignal): Promise<string> {
    const { status, body } = await this.#limiter.run(() => sentTwice(target, ask, signal), signal);
    if (status < 200 || status >= 300) throw new BadStatus(status);
    if (body === undefined) throw new UnreadableAnswer('the answer is too long or encoded');
    return body;
  }
}

function planned(target: Target, texts: readonly RemoteText[], direction: Direction): readonly Ask[] {
  if (texts.reduce((sum, { text }) => sum + text.length, 0) > MAX_LENGTH) throw new TooLong();
  return target.asks(texts, direction);
}

/** A verdict changes nothing, so that asking twice is safe. */
async function sentTwice(target: Target, ask: Ask, signal: AbortSignal): Promise<PostAnswer> {
  const body = Buffer.from(ask.body());
  try {
    const answer = await target.send(body, signal);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    await pause(RETRY_MILLISECONDS * (1 + Math.random()), signal);
  } catch (error) {
    if (signal.aborted || !(isConnectionLost(error) || error instanceof CredentialError)) throw error;
  }
  return target.send(body, signal);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', give);
      resolve();
    }, milliseconds);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

function failureOf(error: unknown): EvaluationFailure {
  if (error instanceof EvaluationTimeout) return 'Timeout';
  if (error instanceof UnreadableAnswer) return 'Unreadable';
  if (error instanceof CredentialError) return 'CredentialsUnavailable';
  if (error instanceof ProviderUnavailable) return 'ProviderUnavailable';
  if (error instanceof Overloaded) return 'Overloaded';
  if (error instanceof TooLong) return 'TooLong';
  if (!(error instanceof BadStatus)) return 'Unreachable';
  if (error.status === 429) return 'Throttled';
  return error.status >= 500 ? 'ServerError' : 'Refused';
}

/** In fixed words: of an answer nothing is quoted, since it may repeat what was judged. */
function detailOf(error: unknown, reason: EvaluationFailure, timeoutMilliseconds: number): string | undefined {
  if (reason === 'Timeout') return `no verdict within ${String(timeoutMilliseconds)} ms`;
  if (reason === 'Unreachable') return `it ${describeFailure(error).reason}`;
  return error instanceof UnreadableAnswer || error instanceof CredentialError ? error.message : undefined;
}
