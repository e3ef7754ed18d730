/** What this proxy remembers of requests that have ended, in a fixed number of bytes. */
import type { Cost } from '../../prices/cost.ts';
import { formatDollars } from '../../prices/money.ts';
import type { TokenClass } from '../../usage/record.ts';
import { rounded } from '../request-facts.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { RequestRecord } from '../request-record.ts';
import type { RequestDocument } from './document.ts';
import { TextRing } from './ring.ts';
import { shownPath } from './shown-path.ts';
import { toldMessage } from './told-message.ts';

/** Part of the bytes for callers who are not known: whoever floods the gateway without a credential must not push the others out. */
const UNKNOWN_CALLERS_PART = 1 / 4;

/** Characters of a name that the upstream chose. */
const MAX_NAME_CHARACTERS = 200;

/** As it is kept: what takes time to write well is made when it is read. */
type Kept = Omit<RequestDocument, 'startedAt' | 'costUSDByClass'> & {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Picodollars. */
  readonly costByClass?: Readonly<Partial<Record<TokenClass, string>>> | undefined;
};

export class RequestRecords {
  readonly #knownCallers: TextRing;
  readonly #unknownCallers: TextRing;
  /** Reads that wait for the authorizer. */
  waiting = 0;

  /** @param maxBytes of memory; at least 1 */
  constructor(maxBytes: number) {
    const unknown = Math.floor(maxBytes * UNKNOWN_CALLERS_PART);
    this.#knownCallers = new TextRing(maxBytes - unknown);
    this.#unknownCallers = new TextRing(unknown);
  }

  /** @param facts the JSON of what `factsOf` says of the request */
  keep(facts: string, record: RequestRecord, cost: Cost | undefined): void {
    const ring = record.identity === undefined ? this.#unknownCallers : this.#knownCallers;
    ring.put(record.requestId, `${facts.slice(0, -1)},${JSON.stringify(furtherOf(record, cost)).slice(1)}`);
  }

  /** Undefined: there was none, it has not ended, or newer ones have taken its place. */
  find(requestId: string): RequestDocument | undefined {
    const text = this.#knownCallers.get(requestId) ?? this.#unknownCallers.get(requestId);
    return text === undefined ? undefined : documentOf(JSON.parse(text) as Kept); // of our own making
  }
}

function furtherOf(record: RequestRecord, cost: Cost | undefined): Omit<Kept, keyof RequestFacts> {
  const { usage, requested, totalMilliseconds } = record;
  const metered = usage?.kind === 'Metered' ? usage : undefined;
  const servedModel = usage === undefined || usage.kind === 'NotMetered' ? undefined : usage.model;
  return {
    startedAt: Math.round(Date.now() - totalMilliseconds),
    path: shownPath(record.target, record.namedCharacters),
    requested,
    revision: record.revision,
    generation: record.entry?.generation,
    message: toldMessage(record),
    forwarded: record.upstreamMilliseconds !== undefined,
    streamed: record.streamed,
    clientDisconnected: record.clientDisconnected,
    servedModel: servedModel?.slice(0, MAX_NAME_CHARACTERS),
    serviceTier: metered?.serviceTier?.slice(0, MAX_NAME_CHARACTERS),
    audioTokens: metered?.audio,
    costByClass: cost === undefined ? undefined : picodollarsOf(cost),
    waitedMs: rounded(record.waitedMilliseconds),
    firstByteMs: rounded(record.firstByteMilliseconds),
  };
}

/** JSON has no number for them. */
function picodollarsOf({ byClass }: Cost): Partial<Record<TokenClass, string>> | undefined {
  let texts: Partial<Record<TokenClass, string>> | undefined;
  for (const name in byClass) {
    const tokenClass = name as TokenClass; // the only keys that there are
    (texts ??= {})[tokenClass] = String(byClass[tokenClass]);
  }
  return texts;
}

function documentOf({ startedAt, costByClass, ...rest }: Kept): RequestDocument {
  const { requestId, ...others } = rest;
  const costs = Object.entries(costByClass ?? {}).map(([name, text]) => [name, formatDollars(BigInt(text))]);
  return {
    requestId,
    startedAt: new Date(startedAt).toISOString(),
    ...others,
    ...(costByClass !== undefined && { costUSDByClass: Object.fromEntries(costs) as Record<string, string> }),
  };
}
