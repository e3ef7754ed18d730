/** Finds the proxy that has a record: a Service sends each connection to one of them, and nobody can say to which. */
import { CommandError, EXIT } from '../../command/io.ts';
import type { RequestLookup } from '../gateway/gateway.ts';
import type { RequestRecordDocument } from '../gateway/documents.ts';

/** Questions that are under way at a time, each over a connection of its own. */
const AT_ONCE = 4;
/** However many proxies there are. */
export const MOST_TRIES = 200;
/** Answers that are enough where something on the way takes the names of proxies away: there may be any number of them. */
const UNNAMED_ANSWERS = 60;
/** However long some take to say nothing. */
const MOST_MILLISECONDS = 60_000;

export interface Search {
  /** Undefined: no proxy that was asked has it. */
  readonly record: RequestRecordDocument | undefined;
  /** Names of those that have none; empty: of one or more whose name something on the way takes away. */
  readonly proxies: ReadonlySet<string>;
  /** Answers of proxies that know no records, of an older version. */
  readonly unsupported: number;
  /** Questions that had no answer. */
  readonly unanswered: number;
  /** It was given up though there may be more. */
  readonly isCutShort: boolean;
}

/**
 * Asks until a proxy has the record, or until `5 × (n + 1)` answers in a row came from the `n` that are known: where
 * connections are spread evenly, one more proxy would stay unseen less than once in a hundred times.
 *
 * It ends in any case after so many questions and so much time.
 *
 * @param ask rejects with a CommandError; one of the exit status `unreachable` ends the search only when nobody answers
 * @param now milliseconds of a clock that only goes on
 */
export async function findRecord(
  ask: () => Promise<RequestLookup>,
  now: () => number = () => performance.now(),
): Promise<Search> {
  const end = now() + MOST_MILLISECONDS;
  const proxies = new Set<string>();
  let unsupported = 0;
  let tries = 0;
  let unanswered = 0;
  let sinceNew = 0;
  const search = (record: RequestRecordDocument | undefined, isCutShort: boolean): Search => ({
    record,
    proxies,
    unsupported,
    unanswered,
    isCutShort,
  });
  while (sinceNew < (proxies.has('') ? UNNAMED_ANSWERS : 5 * (proxies.size + 1))) {
    if (tries >= MOST_TRIES || now() >= end) return search(undefined, true);
    const wave = await Promise.allSettled(Array.from({ length: AT_ONCE }, ask));
    tries += AT_ONCE;
    const answers = wave.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    sinceNew += answers.length;
    unanswered += AT_ONCE - answers.length;
    for (const answer of answers) {
      if (answer.kind === 'Found') return search(answer.record, false);
      if (answer.kind === 'Unsupported') unsupported += 1;
      else if (!proxies.has(answer.proxy ?? '')) {
        proxies.add(answer.proxy ?? '');
        sinceNew = 0;
      }
    }
    for (const each of wave) {
      if (each.status === 'rejected' && (answers.length === 0 || !passes(each.reason))) throw each.reason as Error;
    }
  }
  return search(undefined, false);
}

/** A proxy that is just ending, or has just begun, says nothing about the others. */
function passes(error: unknown): boolean {
  return error instanceof CommandError && error.status === EXIT.unreachable;
}
