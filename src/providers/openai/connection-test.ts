/** Whether an OpenAI-compatible API is reachable with its key: its list of models, or one token of a model's. */
import type { ProviderEntry } from '../../table/types.ts';
import { joinPath } from '../shared/join-path.ts';
import type {
  ConnectionTestAnswer,
  ConnectionTestCall,
  ConnectionTestFinding,
  Operation,
  UpstreamRequestHead,
} from '../wire.ts';
import { classify } from './classify.ts';

/** The call: `GET models`, or the shortest chat with `model`. */
export function connectionTest(entry: ProviderEntry, model: string | undefined): ConnectionTestCall {
  const head = requestHead(model === undefined ? 'GET' : 'POST', model === undefined ? '/models' : '/chat/completions');
  const operation: Operation = classify(head);
  const url = `${new URL(entry.baseURL).origin}${joinPath(entry.baseURL, head)}`;
  if (model === undefined) return { url, method: 'GET', headers: [], operation, billed: false };
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'ping' }], max_completion_tokens: 16 });
  return { url, method: 'POST', headers: [['content-type', 'application/json']], body, operation, billed: true };
}

/** The API's own words, with what to do about them. */
export function connectionTestFinding(
  _entry: ProviderEntry,
  _call: ConnectionTestCall,
  answer: ConnectionTestAnswer,
): ConnectionTestFinding {
  if (answer.status < 300) return { kind: 'Passed' };
  return { kind: 'Failed', message: answer.body };
}

function requestHead(method: string, path: string): UpstreamRequestHead {
  return { method, path, query: '', hasBody: method === 'POST', header: () => undefined };
}
