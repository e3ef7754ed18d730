import { anthropicWire } from '../anthropic/wire.ts';
import { METHOD_OVERRIDES } from '../method-overrides.ts';
import { openAIWire } from '../openai/wire.ts';
import { joinPath } from '../shared/join-path.ts';
import { decodeComponent } from '../shared/percent.ts';
import type { ProviderEntry } from '../../table/types.ts';
import type { ModelLocation, Operation, OperationName, UpstreamRequestHead, Wire } from '../wire.ts';

const MODEL_CALL = /^\/model\/(.+)\/([a-z-]+)$/;
const CONTROL_PLANE_READ = /^\/(?:inference-profiles|foundation-models)(?:\/(.+))?$/;
const API_SUFFIX = /(?:\/openai|\/anthropic)?(?:\/v1)?$/;
const ANY_HOST = 'https://bedrock.invalid';
const GUARDRAIL = /^\/guardrail\/[^/]+\/version\/[^/]+\/apply$/;
const ASYNC_READ = /^\/async-invoke(?:\/[^/]+)?$/;

/** APIs of others that Bedrock speaks beside its own, by what their paths begin with. `/v1` alone is OpenAI's. */
const FOREIGN: readonly (readonly [prefix: string, wire: () => Wire])[] = [
  ['/openai', () => openAIWire],
  ['/anthropic', () => anthropicWire],
];

const PASS: ModelLocation = { in: 'None', allowlisted: 'Pass' };
const REFUSE: ModelLocation = { in: 'None', allowlisted: 'Refuse' };

const NO_BIDIRECTIONAL =
  'InvokeModelWithBidirectionalStream is not served by this gateway: what it answers cannot be metered. ' +
  'Use InvokeModelWithResponseStream or ConverseStream.';

/**
 * Which call a request is, and where its model is. Paths are taken as AWS takes them: literally, each segment decoded
 * once. What is none of the known calls in exactly their spelling does not pass an allowlist.
 */
export function classify(head: UpstreamRequestHead, entry: ProviderEntry): Operation {
  const whole = wholeHead(head, entry);
  const operation = classifyForeign(whole, entry) ?? classifyOwn(whole);
  if (METHOD_OVERRIDES.every((name) => head.header(name) === undefined)) return operation;
  return { ...operation, model: REFUSE };
}

/** Whether the request is for the host of the control plane. */
export function isControlPlaneRead({ method, path }: UpstreamRequestHead): boolean {
  return method === 'GET' && CONTROL_PLANE_READ.test(path);
}

/** The head with what the base URL says of whose API it is: `…/openai/v1` makes `/responses` a call of OpenAI's. */
function wholeHead(head: UpstreamRequestHead, { baseURL }: ProviderEntry): UpstreamRequestHead {
  const api = API_SUFFIX.exec(baseURL)?.[0] ?? '';
  return api === '' || isControlPlaneRead(head)
    ? head
    : withPath(head, joinPath(`${ANY_HOST}${api}`, { path: head.path, query: '' }));
}

function classifyForeign(head: UpstreamRequestHead, entry: ProviderEntry): Operation | undefined {
  if (/^\/v1(?:\/|$)/.test(head.path)) return openAIWire.classify(head, entry);
  for (const [prefix, wire] of FOREIGN) {
    if (head.path.startsWith(`${prefix}/`))
      return wire().classify(withPath(head, head.path.slice(prefix.length)), entry);
  }
  return undefined;
}

function classifyOwn(head: UpstreamRequestHead): Operation {
  const { method, path, hasBody } = head;
  if (method === 'POST') return classifyWrite(path);
  if ((method === 'GET' || method === 'HEAD') && !hasBody) return classifyRead(method, path);
  return operation('other', REFUSE, { metered: true });
}

function classifyWrite(path: string): Operation {
  const [, encoded = '', action = ''] = MODEL_CALL.exec(path) ?? [];
  const model = decodeComponent(encoded);
  const located: ModelLocation = model === undefined ? REFUSE : { in: 'Head', model };
  switch (action) {
    case 'invoke':
    case 'invoke-with-response-stream':
      return operation(nameOf(model ?? ''), located, { metered: true });
    case 'converse':
    case 'converse-stream':
      return operation('chat', located, { metered: true });
    case 'count-tokens':
      return operation('count_tokens', located);
    case 'invoke-with-bidirectional-stream':
      return operation('other', located, { unsupported: NO_BIDIRECTIONAL });
    default:
  }
  // Billed by units of text, not by tokens.
  if (GUARDRAIL.test(path) || path === '/guardrail-checks/invoke') return operation('apply_guardrail', PASS);
  // The model stands in the body, and what it makes in a bucket.
  if (path === '/async-invoke') return operation('other', REFUSE);
  return operation('other', REFUSE, { metered: true });
}

function classifyRead(method: string, path: string): Operation {
  const read = method === 'GET' ? CONTROL_PLANE_READ.exec(path) : null;
  if (read !== null) {
    if (read[1] === undefined) return operation('models', PASS, { controlPlane: true, modelList: true });
    const model = decodeComponent(read[1]);
    return operation('models', model === undefined ? REFUSE : { in: 'Head', model }, { controlPlane: true });
  }
  // Agents look whether anybody answers at all.
  if (path === '' || path === '/' || ASYNC_READ.test(path)) return operation('other', PASS);
  return operation('other', REFUSE);
}

/** What InvokeModel does is the model's to say; its id tells for the kinds that have names of their own. */
function nameOf(model: string): OperationName {
  if (model.includes('embed')) return 'embeddings';
  return model.includes('rerank') ? 'rerank' : 'chat';
}

function operation(name: OperationName, model: ModelLocation, extra: Partial<Operation> = {}): Operation {
  return { name, api: 'Bedrock', model, metered: false, usageOnRequest: false, modelList: false, ...extra };
}

function withPath(head: UpstreamRequestHead, path: string): UpstreamRequestHead {
  const { method, query, hasBody } = head;
  return { method, path, query, hasBody, header: (name) => head.header(name) };
}
