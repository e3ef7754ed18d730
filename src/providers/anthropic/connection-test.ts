/** Whether Anthropic's API is reachable with its key: its list of models, or one token of a model's. */
import type { ProviderEntry } from '../../table/types.ts';
import { joinPath } from '../shared/join-path.ts';
import type { ConnectionTestAnswer, ConnectionTestCall, ConnectionTestFinding, UpstreamRequestHead } from '../wire.ts';
import { classify } from './classify.ts';

/** The version that every server of this API knows. */
const VERSION = ['anthropic-version', '2023-06-01'] as const;

/** The call: `GET models`, or the shortest message with `model`. */
export function connectionTest(entry: ProviderEntry, model: string | undefined): ConnectionTestCall {
  const head = requestHead(model === undefined ? 'GET' : 'POST', model === undefined ? '/v1/models' : '/v1/messages');
  const operation = classify(head);
  const url = `${new URL(entry.baseURL).origin}${joinPath(entry.baseURL, head)}`;
  if (model === undefined) return { url, method: 'GET', headers: [VERSION], operation, billed: false };
  const body = JSON.stringify({ model, max_tokens: 1, messages: [{ role: 'user', content: 'ping' }] });
  return {
    url,
    method: 'POST',
    headers: [VERSION, ['content-type', 'application/json']],
    body,
    operation,
    billed: true,
  };
}

/** The API's own words, with what to do about them. */
export function connectionTestFinding(
  entry: ProviderEntry,
  call: ConnectionTestCall,
  answer: ConnectionTestAnswer,
): ConnectionTestFinding {
  if (answer.status < 300) return { kind: 'Passed' };
  const { type, message } = errorOf(answer.body);
  const hint = hintFor(entry, call, answer.status, type, message);
  return { kind: 'Failed', message, ...(hint !== undefined && { hint }) };
}

function hintFor(
  entry: ProviderEntry,
  call: ConnectionTestCall,
  status: number,
  type: string | undefined,
  message: string,
): string | undefined {
  if (status === 401 || type === 'authentication_error') return credentialHint(entry);
  if (status === 402 || type === 'billing_error' || /credit balance/i.test(message))
    return 'The account cannot pay. Add credit or a means of payment in the Claude Console.';
  if (status === 403 || type === 'permission_error')
    return 'The key is valid but may not do this: look at its workspace and at the access of the organization.';
  if (status === 404 && call.billed)
    return 'Anthropic does not know this model, or the account may not use it. GET /v1/models lists what it may use; a name with "[1m]" is for agents only.';
  if (status === 404) return "There is no API at this base URL. Anthropic's is https://api.anthropic.com.";
  if (status === 429) return 'The key works, but its rate limit is used up. Try again later.';
  if (status === 529 || type === 'overloaded_error') return 'Anthropic is overloaded. Try again later.';
  return undefined;
}

function credentialHint({ credential }: ProviderEntry): string {
  if (credential.kind === 'Passthrough')
    return 'Anthropic rejects the credential that came with this test, in Authorization or x-api-key. It was passed on as it is: check that it is whole and active. The provider has none of its own.';
  if (credential.kind === 'APIKey' && credential.value.reveal().startsWith('sk-ant-oat'))
    return 'The Secret holds an OAuth token (sk-ant-oat…) of a subscription, which is no API key. Use an API key, or authPassthrough.';
  return 'Anthropic rejects the key. Check the Secret: the key must be whole, active, and of the Console at this base URL.';
}

/** What an answer's body says, whoever wrote it. */
function errorOf(body: string): { readonly type?: string; readonly message: string } {
  try {
    const { error } = JSON.parse(body) as { error?: { type?: unknown; message?: unknown } };
    if (typeof error?.message === 'string') {
      return { message: error.message, ...(typeof error.type === 'string' && { type: error.type }) };
    }
  } catch {
    // No JSON: some proxy on the way, whose words are all there is.
  }
  return { message: body };
}

function requestHead(method: string, path: string): UpstreamRequestHead {
  return { method, path, query: '', hasBody: method === 'POST', header: () => undefined };
}
