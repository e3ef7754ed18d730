/** Amazon Bedrock: its own runtime API, those of OpenAI and Anthropic that it speaks beside it, and its control plane. */
import { anthropicWire } from '../anthropic/wire.ts';
import { openAIWire } from '../openai/wire.ts';
import { joinPath } from '../shared/join-path.ts';
import type { APIFamily, Wire } from '../wire.ts';
import { bodyScanner } from './body-scanner.ts';
import { classify, isControlPlaneRead } from './classify.ts';
import { connectionTest, connectionTestFinding } from './connection-test.ts';
import { controlPlaneURL } from './control-plane.ts';
import { refusal, streamError } from './errors.ts';
import { BedrockMeter } from './meter.ts';
import { filterModelList } from './model-list.ts';
import { sign, signatureHeaderNames } from './sign.ts';

/** The wire whose API a call speaks, when that is not Bedrock's. */
function foreign(api: APIFamily | undefined): Wire | undefined {
  if (api === 'OpenAI') return openAIWire;
  return api === 'Anthropic' ? anthropicWire : undefined;
}

export const bedrockWire: Wire = {
  classify,
  joinPath: (entry, head) =>
    joinPath((isControlPlaneRead(head) ? controlPlaneURL(entry) : undefined) ?? entry.baseURL, head),
  credentialHeaders: () => [],
  controlPlaneURL,
  sign,
  credentialHeaderNames: signatureHeaderNames,
  bodyScanner: (operation, head, entry) => {
    const wire = foreign(operation.api);
    return wire === undefined ? bodyScanner(operation, head, entry) : wire.bodyScanner(operation, head, entry);
  },
  meter: (operation, response) => {
    const wire = foreign(operation.api);
    if (wire !== undefined) return wire.meter(operation, response);
    return operation.metered && response.status < 400 ? new BedrockMeter(response) : undefined;
  },
  usageFilter: (operation, response) => foreign(operation.api)?.usageFilter(operation, response),
  filterModelList: (body, entry, operation) => {
    const wire = foreign(operation.api);
    return wire === undefined ? filterModelList(body, entry) : wire.filterModelList(body, entry, operation);
  },
  refusal: (rejected, operation) => foreign(operation?.api)?.refusal(rejected, operation) ?? refusal(rejected),
  streamError: (failure, operation, response) => {
    const wire = foreign(operation.api);
    return wire === undefined ? streamError(failure, response) : wire.streamError(failure, operation, response);
  },
  connectionTest,
  connectionTestFinding,
};
