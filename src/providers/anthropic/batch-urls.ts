import { JSONScanner } from '../shared/json-scanner.ts';
import { decodeJSONString, type JSONKind, type JSONVisitor, namesOfInterest } from '../shared/json-visitor.ts';

const MAX_URL_BYTES = 2048;

/** Depth of the member in a batch, and in a batch of the list `data`. */
const DEPTHS: ReadonlySet<number> = new Set([1, 3]);

const SCAN = {
  reportDepth: 3,
  maxDepth: 512,
  validateUTF8: true,
  nameLengths: namesOfInterest('results_url', 'data'),
} as const;

interface Place {
  readonly url: string;
  readonly start: number;
  readonly end: number;
}

/** Hears where a batch, or each batch of a list, has its `results_url`. */
class ResultsURLs implements JSONVisitor {
  readonly places: Place[] = [];
  #outer: string | undefined;
  #name: string | undefined;
  #nameDepth = 0;

  key(depth: number, name: string | undefined): void {
    if (depth === 1) this.#outer = name;
    this.#name = name;
    this.#nameDepth = depth;
  }

  begin(depth: number, kind: JSONKind): number {
    return this.#isResultsURL(depth) && kind === 'string' ? MAX_URL_BYTES : 0;
  }

  end(depth: number, _kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    if (this.#isResultsURL(depth) && raw !== undefined) this.places.push({ url: decodeJSONString(raw), start, end });
  }

  #isResultsURL(depth: number): boolean {
    const here = depth === this.#nameDepth && DEPTHS.has(depth) && this.#name === 'results_url';
    return here && (depth === 1 || this.#outer === 'data');
  }
}

/** What of the URL is the API's own path. */
const RESULTS_PATH = /\/v1\/messages\/batches\/[^/?#]+\/results$/;

/**
 * A batch, or a list of them, whose `results_url` lead through the gateway. The SDKs call that URL as it is, with the
 * caller's credential: at Anthropic's own host the call would fail, and the gateway's token would be given away.
 */
export function leadBatchesThrough(body: Buffer, gatewayURL: string): Buffer {
  const urls = new ResultsURLs();
  const scanner = new JSONScanner(urls, SCAN);
  scanner.push(body);
  scanner.end();
  if (scanner.fault !== undefined) return body;
  const parts: Buffer[] = [];
  let from = 0;
  for (const { url, start, end } of urls.places) {
    const path = RESULTS_PATH.exec(url)?.[0];
    if (path === undefined) continue;
    parts.push(body.subarray(from, start), Buffer.from(JSON.stringify(gatewayURL + path)));
    from = end;
  }
  return parts.length === 0 ? body : Buffer.concat([...parts, body.subarray(from)]);
}
