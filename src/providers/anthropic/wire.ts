/** Anthropic's API: messages and what belongs to them. */
import type { ProviderEntry } from '../../table/types.ts';
import { openAIWire } from '../openai/wire.ts';
import { AnswerMeter } from '../shared/answer-meter.ts';
import { joinPath } from '../shared/join-path.ts';
import type { APIFamily, Operation, UpstreamResponseHead, Wire } from '../wire.ts';
import { leadBatchesThrough } from './batch-urls.ts';
import { bodyScanner } from './body-scanner.ts';
import { classify } from './classify.ts';
import { connectionTest, connectionTestFinding } from './connection-test.ts';
import { refusal, streamError } from './errors.ts';
import { filterModelList } from './model-list.ts';
import { MessageDocuments } from './usage-documents.ts';

/** Calls of OpenAI's API take the key as that API has it. */
function credentialHeaders(entry: ProviderEntry, api: APIFamily): readonly (readonly [string, string])[] {
  if (entry.credential.kind !== 'APIKey') return [];
  const key = entry.credential.value.reveal();
  return api === 'OpenAI' ? [['authorization', `Bearer ${key}`]] : [['x-api-key', key]];
}

const isMetered = (operation: Operation, response: UpstreamResponseHead): boolean =>
  operation.metered && response.status < 400;

export const anthropicWire: Wire = {
  classify,
  joinPath: (entry, head) => joinPath(entry.baseURL, head),
  credentialHeaders,
  credentialHeaderNames: new Set(['authorization', 'x-api-key']),
  bodyScanner,
  meter: (operation, response) => {
    if (operation.api !== 'Anthropic') return openAIWire.meter(operation, response);
    return isMetered(operation, response) ? new AnswerMeter(response, new MessageDocuments()) : undefined;
  },
  usageFilter: (operation, response) => openAIWire.usageFilter(operation, response),
  filterModelList,
  leadThrough: leadBatchesThrough,
  refusal: (refused, operation) =>
    operation?.api === 'OpenAI' ? openAIWire.refusal(refused, operation) : refusal(refused),
  streamError: (refused, operation, response) =>
    operation.api === 'OpenAI' ? openAIWire.streamError(refused, operation, response) : streamError(refused, response),
  connectionTest,
  connectionTestFinding,
};
