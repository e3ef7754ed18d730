/** Whether an OpenAI-compatible API is reachable with its key: its list of models, or the shortest chat with one. */
import type { ProviderEntry } from '../../table/types.ts';
import { parseContentType } from '../shared/content-type.ts';
import { joinPath } from '../shared/join-path.ts';
import type {
  ConnectionTestAnswer,
  ConnectionTestCall,
  ConnectionTestFinding,
  Operation,
  UpstreamRequestHead,
} from '../wire.ts';
import { isAddressedAsAzure } from './azure.ts';
import { classify } from './classify.ts';

/** Characters of a body that is no error object which are worth telling. */
const MAX_TEXT = 300;

/** The call: `GET models`, or the shortest chat with `model`. */
export function connectionTest(entry: ProviderEntry, model: string | undefined): ConnectionTestCall {
  const head = requestHead(model === undefined ? 'GET' : 'POST', model === undefined ? '/models' : '/chat/completions');
  const operation: Operation = classify(head);
  const url = `${new URL(entry.baseURL).origin}${joinPath(entry.baseURL, head)}`;
  if (model === undefined) return { url, method: 'GET', headers: [], operation, billed: false };
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'ping' }], max_completion_tokens: 16 });
  return { url, method: 'POST', headers: [['content-type', 'application/json']], body, operation, billed: true };
}

function requestHead(method: string, path: string): UpstreamRequestHead {
  return { method, path, query: '', hasBody: method === 'POST', header: () => undefined };
}

/** The API's own words, with what to do about them. */
export function connectionTestFinding(
  entry: ProviderEntry,
  call: ConnectionTestCall,
  answer: ConnectionTestAnswer,
): ConnectionTestFinding {
  const { status } = answer;
  const error = errorOf(answer.body);
  // A web page with status 200 is what a wrong path of many a server answers.
  if (isHTML(answer)) {
    const message = `A web page${titleOf(answer.body)}`;
    return { kind: 'Failed', message, hint: `What answers there is no API. ${baseURLHint(entry)}` };
  }
  if (status < 300 && isAnswer(call, answer.body)) return { kind: 'Passed' };
  const message = error.message ?? answer.body.slice(0, MAX_TEXT);
  const hint =
    status < 300 ? `The answer is none of OpenAI's API. ${baseURLHint(entry)}` : hintFor(entry, call, status, error);
  return { kind: 'Failed', message, ...(hint === undefined ? {} : { hint }) };
}

interface KnownError {
  readonly message?: string;
  readonly code?: string;
}

/**
 * `{"error": {"message", "type", "code"}}`, and as compatible servers have it: `{"error": "…"}`, `{"message": "…"}`,
 * `{"detail": "…"}`.
 */
function errorOf(body: string): KnownError {
  const root = objectOf(parsed(body));
  const error = objectOf(root['error']);
  const message = [error['message'], root['error'], root['message'], root['detail']].find(
    (text) => typeof text === 'string' && text !== '',
  );
  const code = [error['code'], error['type'], root['code'], root['type']].find((text) => typeof text === 'string');
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof code === 'string' ? { code } : {}),
  };
}

/** A list of models may be longer than what is kept of it: how it begins has to do. */
function isAnswer({ billed }: ConnectionTestCall, body: string): boolean {
  if (!/^\s*[[{]/.test(body)) return false;
  const root = objectOf(parsed(body));
  return billed ? Array.isArray(root['choices']) : root['error'] === undefined;
}

function hintFor(
  entry: ProviderEntry,
  { billed }: ConnectionTestCall,
  status: number,
  { code, message = '' }: KnownError,
): string | undefined {
  const isOpenAI = entry.type === 'OpenAI';
  if (code === 'insufficient_quota' || status === 402) {
    return 'The key works, and its account has no quota left: look at plan and billing, or raise the budget of the project.';
  }
  if (status === 401) {
    return entry.credential.kind === 'None'
      ? 'The server asks for a key and the provider has none: name a Secret with it in spec.secretRef.'
      : "The key is rejected: check that the Secret holds the whole key, that it is active, and that it is this provider's.";
  }
  if (code === 'unsupported_country_region_territory') {
    return 'The provider does not serve the country that the gateway calls from.';
  }
  if (status === 403) return 'The key is known and may not do this: look at its permissions and its project.';
  if (code === 'model_not_found' || (billed && status === 404 && code !== 'unknown_url' && /model/i.test(message))) {
    return 'The provider does not know this model, or the key may not use it. A test without a model, and GET models, show more.';
  }
  if (code === 'DeploymentNotFound') return 'On Azure the model is the name of a deployment: use one that exists.';
  if (status === 404 || status === 405) return `There is no such API at this path. ${baseURLHint(entry)}`;
  if (status === 400 && isOpenAI && /max_(completion_)?tokens/.test(message)) {
    return 'The model takes no chat, or not with these parameters: test another model, or none.';
  }
  if (status === 429) return 'The key works, and its rate limit is used up at the moment: try again later.';
  return undefined;
}

function baseURLHint({ type, baseURL }: ProviderEntry): string {
  if (isAddressedAsAzure(baseURL)) {
    return (
      "Check spec.baseURL: Azure's v1 API is at https://<resource>.openai.azure.com/openai/v1. Without /v1 each call " +
      'needs `api-version`, which a connection test does not send.'
    );
  }
  if (type === 'OpenAI') return "Check spec.baseURL: OpenAI's own is https://api.openai.com/v1.";
  const { pathname } = new URL(baseURL);
  return pathname === '/' || pathname === ''
    ? 'Check spec.baseURL: it has no path, and most servers have their API below /v1.'
    : 'Check the path of spec.baseURL: most servers have their API below /v1.';
}

function isHTML(answer: ConnectionTestAnswer): boolean {
  const { essence } = parseContentType(answer.header('content-type'));
  return essence === 'text/html' || /^\s*<(!doctype|html)/i.test(answer.body);
}

function titleOf(page: string): string {
  const title = /<title>([^<]{1,100})<\/title>/i.exec(page)?.[1]?.trim();
  return title === undefined || title === '' ? '' : ` ("${title}")`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
