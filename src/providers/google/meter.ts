import type { MeteredUsage } from '../../usage/record.ts';
import { OpenAIMeter } from '../openai/meter.ts';
import { AnswerMeter } from '../shared/answer-meter.ts';
import { parseContentType } from '../shared/content-type.ts';
import type { Meter, Operation, UpstreamResponseHead } from '../wire.ts';
import { isGoogle, modelName } from './classify.ts';
import { GoogleDocuments } from './usage-documents.ts';

/** Says how a call was served, where the figures do not. */
const SERVICE_TIER = 'x-gemini-service-tier';

/** Names models as allowlists and prices do, without `models/`. */
class RenamingMeter implements Meter {
  readonly #inner: Meter;

  constructor(inner: Meter) {
    this.#inner = inner;
  }

  push(chunk: Buffer): void {
    this.#inner.push(chunk);
  }

  finish(how: Parameters<Meter['finish']>[0]): MeteredUsage | Promise<MeteredUsage> {
    const usage = this.#inner.finish(how);
    return usage instanceof Promise ? usage.then(renamed) : renamed(usage);
  }
}

function renamed(usage: MeteredUsage): MeteredUsage {
  return usage.kind === 'NotMetered' || usage.model === undefined ? usage : { ...usage, model: modelName(usage.model) };
}

/** The meter for an answer of either API; undefined when it bills nothing. */
export function meter(operation: Operation, response: UpstreamResponseHead): Meter | undefined {
  if (!operation.metered || response.status >= 400) return undefined;
  // Google's answers in OpenAI's shape count thoughts in the total alone.
  if (!isGoogle(operation)) return new RenamingMeter(new OpenAIMeter(response, true));
  const documents = new GoogleDocuments({
    events: parseContentType(response.header('content-type')).essence === 'text/event-stream',
    cacheWrite: operation.writesCache,
    serviceTier: response.header(SERVICE_TIER)?.trim().toLowerCase(),
  });
  return new AnswerMeter(response, documents);
}
