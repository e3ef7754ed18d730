/** Whether the Gemini API is reachable with its key: a page of its models, or a few tokens of one. */
import type { ProviderEntry } from '../../table/types.ts';
import type { ConnectionTestAnswer, ConnectionTestCall, ConnectionTestFinding, UpstreamRequestHead } from '../wire.ts';
import { classify } from './classify.ts';
import { joinPath } from './paths.ts';

const PING = { parts: [{ text: 'ping' }] };

/** Thinking models take thoughts out of it; one that is cut short has answered all the same. */
const MAX_OUTPUT_TOKENS = 16;

/** The call: `GET models`, or the shortest thing that `model` can be asked. */
export function connectionTest(entry: ProviderEntry, model: string | undefined): ConnectionTestCall {
  if (model === undefined) {
    const head = requestHead('GET', '/v1beta/models', 'pageSize=1');
    return { url: urlOf(entry, head), method: 'GET', headers: [], operation: classify(head), billed: false };
  }
  const embeds = /embedding/i.test(model);
  const resource = model.includes('/') ? model : `models/${model}`;
  const path = resource.split('/').map(encodeURIComponent).join('/');
  const head = requestHead('POST', `/v1beta/${path}:${embeds ? 'embedContent' : 'generateContent'}`);
  const body = embeds
    ? { content: PING }
    : { contents: [{ role: 'user', ...PING }], generationConfig: { maxOutputTokens: MAX_OUTPUT_TOKENS } };
  return {
    url: urlOf(entry, head),
    method: 'POST',
    headers: [['content-type', 'application/json']],
    body: JSON.stringify(body),
    operation: classify(head),
    billed: true,
  };
}

/** Google's own words, with what to do about them. */
export function connectionTestFinding(
  _entry: ProviderEntry,
  call: ConnectionTestCall,
  answer: ConnectionTestAnswer,
): ConnectionTestFinding {
  const told = read(answer.body);
  if (answer.status >= 200 && answer.status < 300 && told !== undefined && told.error === undefined) {
    return { kind: 'Passed' };
  }
  const message = messageOf(told, answer);
  const hint = hintFor(answer.status, message, reasonsOf(told), call.billed);
  return { kind: 'Failed', message, ...(hint !== undefined && { hint }) };
}

/** A google.rpc.Status, as far as it matters here. */
interface Told {
  readonly error?: {
    readonly message?: unknown;
    readonly status?: unknown;
    readonly details?: readonly { readonly reason?: unknown }[];
  };
}

const NOT_GEMINI = 'What answered is not the Gemini API: check `spec.baseURL` (it needs no path).';

const HINTS: readonly { readonly when: RegExp; readonly hint: string }[] = [
  {
    when: /API_KEY_INVALID|API key not valid|API key expired|API_KEY_EXPIRED/i,
    hint: 'The key was rejected: put a valid API key of Google AI Studio into the Secret.',
  },
  {
    when: /SERVICE_DISABLED|has not been used in project/,
    hint: 'Enable the Generative Language API in the Google Cloud project of the key.',
  },
  {
    when: /API_KEY_[A-Z_]*BLOCKED/,
    hint: 'The restrictions of the key exclude this call: allow the Generative Language API and the addresses of the gateway.',
  },
  {
    when: /location is not supported/i,
    hint: 'Google does not serve the Gemini API where the gateway runs: use another region for its outgoing traffic.',
  },
];

function hintFor(status: number, message: string, reasons: string, withModel: boolean): string | undefined {
  const known = HINTS.find(({ when }) => when.test(reasons) || when.test(message));
  if (known !== undefined) return known.hint;
  switch (status) {
    case 401:
      return 'The key was rejected: put a valid API key of Google AI Studio into the Secret.';
    case 403:
      return 'The key may not do this: check its restrictions and its project.';
    case 404:
      return withModel
        ? 'The model is not known to this key: compare its name with the list of models, without `models/`.'
        : NOT_GEMINI;
    case 429:
      return 'The quota of the key is used up: wait, or raise it in Google AI Studio.';
    case 500:
    case 503:
      return 'The API is overloaded or failing: try again later.';
    default:
      return status < 400 ? NOT_GEMINI : undefined;
  }
}

function read(body: string): Told | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === 'object' && first !== null ? first : undefined;
  } catch {
    return undefined;
  }
}

/** The first words of an answer that is no error of Google's. */
const MAX_MESSAGE = 500;

function messageOf(told: Told | undefined, { status, body }: ConnectionTestAnswer): string {
  const message = told?.error?.message;
  if (typeof message === 'string' && message !== '') return message;
  return body.trim() === '' ? `HTTP status ${status}` : body.trim().slice(0, MAX_MESSAGE);
}

function reasonsOf(told: Told | undefined): string {
  const details = told?.error?.details;
  if (!Array.isArray(details)) return '';
  const reasons = details.map((detail: { reason?: unknown } | null) => detail?.reason);
  return reasons.filter((reason) => typeof reason === 'string').join(' ');
}

function urlOf(entry: ProviderEntry, head: UpstreamRequestHead): string {
  return `${new URL(entry.baseURL).origin}${joinPath(entry, head)}`;
}

function requestHead(method: string, path: string, query = ''): UpstreamRequestHead {
  return { method, path, query, hasBody: method === 'POST', header: () => undefined };
}
