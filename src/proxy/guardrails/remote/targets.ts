/** Where each kind of judge is, and how a request to it is made. */
import type { CredentialSource } from '../../../aws/credential-source.ts';
import { CredentialError, isRejection } from '../../../aws/credential-source.ts';
import { applyGuardrailAsks, applyGuardrailPath } from '../../../guardrails/remote/bedrock.ts';
import { moderationAsks } from '../../../guardrails/remote/moderation.ts';
import type { Ask, RemoteText } from '../../../guardrails/remote/types.ts';
import { webhookAsks, type WebhookGuardrail } from '../../../guardrails/remote/webhook.ts';
import type { Direction } from '../../../guardrails/types.ts';
import { sign } from '../../../providers/bedrock/sign.ts';
import { joinPath } from '../../../providers/shared/join-path.ts';
import type { APIFamily } from '../../../providers/wire.ts';
import type {
  BedrockEvaluator,
  FilterEntry,
  ModerationEvaluator,
  ProviderEntry,
  WebhookEvaluator,
} from '../../../table/types.ts';
import { sha256Of } from '../../held-body.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { post, type PostAnswer } from './post.ts';

/** The provider that is to be asked cannot be. */
export class ProviderUnavailable extends Error {
  readonly code = 'TIDEGATE_PROVIDER_UNAVAILABLE';

  constructor() {
    super('the provider cannot be called');
    this.name = 'ProviderUnavailable';
  }
}

/** What of a provider is needed to call it for the gateway itself. */
export interface CalledProvider {
  readonly entry: ProviderEntry;
  /** It has no credential but its callers'. */
  readonly passesCredential: boolean;
  readonly upstreams: { readonly primary: Upstream };
  withOwnHeaders(headers: string[], api: APIFamily): string[];
}

/** One judge. */
export interface Target {
  /** Host and port that it is asked at; undefined: it cannot be. */
  readonly host: string | undefined;
  asks(texts: readonly RemoteText[], direction: Direction): readonly Ask[];
  /** Rejects when there is no answer. */
  send(body: Buffer, signal: AbortSignal): Promise<PostAnswer>;
  /** Takes no new requests. */
  retire(): void;
}

export function webhookTarget(guardrail: WebhookGuardrail, entry: WebhookEvaluator, upstream: Upstream): Target {
  const { host, pathname, search } = new URL(entry.url);
  const headers = entry.secret === undefined ? [] : ['authorization', `Bearer ${entry.secret.reveal()}`];
  return {
    host,
    asks: (texts, direction) => webhookAsks(guardrail, texts, direction),
    send: (body, signal) => held(upstream, () => post(upstream, { path: pathname + search, headers, body }, signal)),
    retire: () => upstream.retire(),
  };
}

export function bedrockTarget(entry: BedrockEvaluator, upstream: Upstream, credentials: CredentialSource): Target {
  const { identifier, version, baseURL, region } = entry;
  const path = joinPath(baseURL, { path: applyGuardrailPath(identifier, version), query: '' });
  const { host } = new URL(baseURL);
  const send = async (body: Buffer, signal: AbortSignal): Promise<PostAnswer> => {
    const known = await unlessAborted(credentials.current(), signal);
    const unsigned = { method: 'POST', host, path, headers: ['content-type', 'application/json'] };
    const signature = sign({ region }, { ...unsigned, bodySHA256: sha256Of([body]) }, known, new Date());
    const answer = await post(upstream, { path, headers: signature.flat(), body }, signal);
    if (isRejection(answer.header('x-amzn-errortype'))) {
      credentials.rejected?.(known);
      throw new CredentialError('AWS does not know the credentials');
    }
    return answer;
  };
  return {
    host,
    asks: applyGuardrailAsks,
    send: (body, signal) => held(upstream, () => send(body, signal)),
    retire: () => upstream.retire(),
  };
}

/** `provider`: the one that the entry names, as the table in force has it. */
export function moderationTarget(
  entry: ModerationEvaluator,
  filters: readonly FilterEntry[],
  provider: () => CalledProvider | undefined,
): Target {
  return {
    get host() {
      const state = provider();
      return state && new URL(state.entry.baseURL).host;
    },
    asks: (texts, direction) => moderationAsks(entry.model, filters, texts, direction),
    send: async (body, signal) => {
      const state = provider();
      if (state === undefined || !mayBeAsked(state)) throw new ProviderUnavailable();
      const upstream = state.upstreams.primary;
      const path = joinPath(state.entry.baseURL, { path: '/v1/moderations', query: '' });
      const headers = state.withOwnHeaders([], 'OpenAI');
      return held(upstream, () => post(upstream, { path, headers, body }, signal));
    },
    retire: () => undefined,
  };
}

/** Whether a provider speaks OpenAI's API with a credential of the gateway's own. */
function mayBeAsked({ entry, passesCredential }: CalledProvider): boolean {
  const isOpenAI = entry.type === 'OpenAI' || entry.type === 'OpenAICompatible';
  return isOpenAI && entry.enabled && entry.availability.state === 'Available' && !passesCredential;
}

/** What `promise` gives, or the reason of `signal`, whichever comes first. */
async function unlessAborted<T>(promise: T | Promise<T>, signal: AbortSignal): Promise<T> {
  if (!(promise instanceof Promise)) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function held<T>(upstream: Upstream, call: () => Promise<T>): Promise<T> {
  upstream.hold();
  try {
    return await call();
  } finally {
    upstream.release();
  }
}
