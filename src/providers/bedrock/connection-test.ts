/** Whether Bedrock is reachable in the provider's region with its credentials: the list of models, or one token of one. */
import type { ProviderEntry } from '../../table/types.ts';
import { joinPath } from '../shared/join-path.ts';
import type { ConnectionTestAnswer, ConnectionTestCall, ConnectionTestFinding, UpstreamRequestHead } from '../wire.ts';
import { classify } from './classify.ts';
import { controlPlaneURL } from './control-plane.ts';

/** The call: `ListFoundationModels` of the control plane, or the shortest Converse with `model`. */
export function connectionTest(entry: ProviderEntry, model: string | undefined): ConnectionTestCall {
  const head =
    model === undefined
      ? requestHead('GET', '/foundation-models')
      : requestHead('POST', `/model/${encodeURIComponent(model)}/converse`);
  const operation = classify(head, entry);
  const base = (operation.controlPlane === true ? controlPlaneURL(entry) : undefined) ?? entry.baseURL;
  const url = `${new URL(base).origin}${joinPath(base, head)}`;
  if (model === undefined) return { url, method: 'GET', headers: [], operation, billed: false };
  const body = JSON.stringify({
    messages: [{ role: 'user', content: [{ text: 'ping' }] }],
    inferenceConfig: { maxTokens: 1 },
  });
  return { url, method: 'POST', headers: [['content-type', 'application/json']], body, operation, billed: true };
}

function requestHead(method: string, path: string): UpstreamRequestHead {
  return { method, path, query: '', hasBody: method === 'POST', header: () => undefined };
}

/** What to do about an error, by its kind and words. The first that fits is told; both tests ignore case. */
const HINTS: readonly (readonly [kind: RegExp, words: RegExp, hint: (entry: ProviderEntry) => string])[] = [
  [
    /./,
    /signature expired|signature not yet current|not yet valid/i,
    () => 'The clocks differ: check the time of the nodes that the proxies run on.',
  ],
  [
    /./,
    /scoped to a valid region/i,
    ({ region }) =>
      `The region is wrong: the request was signed for ${region ?? 'none'}, as \`spec.bedrock.region\` says, and the host ` +
      'of `spec.baseURL` belongs to another region. Make them agree.',
  ],
  [
    /./,
    /scoped to correct service/i,
    () => 'The host belongs to another service of AWS than Bedrock: check `spec.baseURL`.',
  ],
  [
    /ExpiredToken/i,
    /./,
    () => 'The credentials have expired: static keys with a session token do not last; use a role.',
  ],
  [
    /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|MissingAuthentication|IncompleteSignature/i,
    /./,
    () => 'AWS rejects the key: check that access key, secret key and session token belong together and are active.',
  ],
  [
    /./,
    /on-demand throughput isn.t supported/i,
    () =>
      'This model is called through an inference profile: use its id (`us.`, `eu.`, `apac.` or `global.` before the ' +
      'id of the model) or its ARN; `aws bedrock list-inference-profiles` shows them.',
  ],
  [
    /./,
    /don.t have access to the model|model access/i,
    ({ region }) => `Request access to the model in the Bedrock console, for the region ${region ?? 'in use'}.`,
  ],
  [
    /./,
    /not authorized to perform/i,
    () => "The identity's policy must allow this action (`bedrock:InvokeModel` on the model and on the profile's ARN).",
  ],
  [
    /Validation|ResourceNotFound/i,
    /model identifier is invalid|could not resolve the foundation model|model not found|end of its life/i,
    ({ region }) =>
      `No such model in the region ${region ?? 'in use'}: check the id, and whether the region has it; in another ` +
      'region an inference profile may lead to it.',
  ],
  [
    /Validation/i,
    /doesn.t support|does not support|not supported/i,
    () => 'The test speaks Converse, which this model (an embedding or image model, perhaps) does not take.',
  ],
  [
    /Throttling|TooManyRequests|ServiceQuota/i,
    /./,
    () => "The account's quota for this model is used up; the credentials are good.",
  ],
];

/** AWS's own words, with what to do about them. */
export function connectionTestFinding(
  entry: ProviderEntry,
  _call: ConnectionTestCall,
  answer: ConnectionTestAnswer,
): ConnectionTestFinding {
  if (answer.status < 300) return { kind: 'Passed' };
  // `ValidationException:http://internal.amazon.com/coral/…`
  const kind = (answer.header('x-amzn-errortype') ?? '').split(':', 1)[0] ?? '';
  const words = messageOf(answer.body);
  // AWS knows who asks, which is what was to be shown; calling models needs no right to list them.
  if (/not authorized to perform: bedrock:ListFoundationModels/i.test(words)) return { kind: 'Passed' };
  const message = kind === '' ? words : `${kind}: ${words}`;
  const hint = HINTS.find(([kinds, texts]) => kinds.test(kind || ' ') && texts.test(words || ' '))?.[2](entry);
  return { kind: 'Failed', message, ...(hint !== undefined && { hint }) };
}

/** AWS spells the member either way, by service. */
function messageOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) {
      const { message, Message } = parsed as { readonly message?: unknown; readonly Message?: unknown };
      const found = message ?? Message;
      if (typeof found === 'string') return found;
    }
  } catch {
    // Not JSON: a proxy's page, perhaps.
  }
  return body;
}
