/** The OpenAI API, also as spoken by Azure and by compatible servers (vLLM, Ollama, Groq, OpenRouter and others). */
import type { ProviderEntry } from '../../table/types.ts';
import { parseContentType } from '../shared/content-type.ts';
import type { BodyScanner, Operation, UpstreamRequestHead, UpstreamResponseHead, Wire } from '../wire.ts';
import { bodyScanner } from '../shared/body-scanner.ts';
import { classifyCall, deploymentOf, DeploymentScanner, isAzure, joinCallPath } from './azure.ts';
import { connectionTest, connectionTestFinding } from './connection-test.ts';
import { refusal, streamError } from './errors.ts';
import { OpenAIMeter } from './meter.ts';
import { filterModelList } from './model-list.ts';
import { RealtimeWatch } from './realtime/watch.ts';
import { UsageChunkFilter } from './usage-filter.ts';

function credentialHeaders(entry: ProviderEntry): readonly (readonly [string, string])[] {
  if (entry.credential.kind !== 'APIKey') return [];
  const key = entry.credential.value.reveal();
  return [isAzure(entry.baseURL) ? ['api-key', key] : ['authorization', `Bearer ${key}`]];
}

function scannerFor(operation: Operation, head: UpstreamRequestHead, entry: ProviderEntry): BodyScanner | undefined {
  const scanner = bodyScanner(operation, head, entry);
  const deployment = deploymentOf(head.path);
  return scanner === undefined || deployment === undefined
    ? scanner
    : new DeploymentScanner(scanner, deployment.name, entry);
}

function isFilterable(operation: Operation, response: UpstreamResponseHead): boolean {
  const encoding = (response.header('content-encoding') ?? 'identity').trim().toLowerCase();
  return (
    operation.usageOnRequest &&
    response.status < 400 &&
    (encoding === '' || encoding === 'identity') &&
    parseContentType(response.header('content-type')).essence === 'text/event-stream'
  );
}

export const openAIWire: Wire = {
  classify: classifyCall,
  joinPath: joinCallPath,
  credentialHeaders,
  credentialHeaderNames: new Set(['authorization', 'api-key', 'x-api-key']),
  bodyScanner: scannerFor,
  meter: (operation, response) => (operation.metered && response.status < 400 ? new OpenAIMeter(response) : undefined),
  usageFilter: (operation, response) => (isFilterable(operation, response) ? new UsageChunkFilter() : undefined),
  webSocketWatch: (operation, entry) => (operation.name === 'realtime' ? new RealtimeWatch(entry) : undefined),
  filterModelList,
  refusal,
  streamError,
  connectionTest,
  connectionTestFinding,
};
