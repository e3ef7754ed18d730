/** Whether what a gateway answers is the record of a request: what stands in it is told and put into commands. */
import type { ExplainedRequest, GuardrailOutcomeDocument, RequestRecordDocument } from './documents.ts';
import { figure, isObject, listOf, mapOf, name, shaped, text, truth } from './shapes.ts';

const outcome = shaped<GuardrailOutcomeDocument>(
  { guardrail: text, direction: text, action: text, mode: text, rules: mapOf(figure), reason: text },
  ['guardrail', 'direction', 'action', 'mode'],
);

const request = shaped<ExplainedRequest>(
  {
    requestId: text,
    status: figure,
    code: text,
    reason: text,
    message: text,
    startedAt: text,
    user: text,
    agent: text,
    groups: listOf(text),
    groupsOmitted: figure,
    requested: shaped<NonNullable<ExplainedRequest['requested']>>({ namespace: text, provider: text }, []),
    namespace: name,
    provider: name,
    type: text,
    generation: figure,
    revision: text,
    operation: text,
    model: text,
    method: text,
    path: text,
    protocol: text,
    streamed: truth,
    forwarded: truth,
    clientDisconnected: truth,
    servedModel: text,
    serviceTier: text,
    tokens: mapOf(figure),
    audioTokens: mapOf(figure),
    usageMissing: text,
    costUSD: text,
    costUSDByClass: mapOf(text),
    unpricedTokens: mapOf(figure),
    guardrails: listOf(outcome),
    totalMs: figure,
    upstreamMs: figure,
    ownMs: figure,
    waitedMs: figure,
    firstByteMs: figure,
    requestBytes: figure,
    responseBytes: figure,
  },
  ['requestId', 'status'],
);

/** Fields that are not known here are not looked at. */
export function isRequestRecord(value: unknown, id: string): value is RequestRecordDocument {
  if (!isObject(value) || !text(value['proxy']) || !request(value['request'])) return false;
  return (value['request'] as ExplainedRequest).requestId === id;
}
