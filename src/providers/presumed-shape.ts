/**
 * Whose errors a client expects that has not shown yet who it is. Only what the request itself shows decides, never the
 * provider that it names: otherwise a refusal would tell anybody which providers exist, and of which type they are.
 */
import { anthropicWire } from './anthropic/wire.ts';
import { refusal as bedrockRefusal } from './bedrock/errors.ts';
import { classify as classifyGoogle } from './google/classify.ts';
import { googleWire } from './google/wire.ts';
import { openAIWire } from './openai/wire.ts';
import type { APIFamily, Refusal, RefusalBody, UpstreamRequestHead } from './wire.ts';

/** What stands in front of a call: a version, or the API of another that Bedrock and Google offer beside their own. */
const BEDROCK = /^\/(?:model|guardrail|guardrail-checks|async-invoke|inference-profiles|foundation-models)(?:\/|$)/;
const OPENAI =
  /^(?:\/v\d[^/]*)?\/(?:openai|chat\/completions|completions|responses|embeddings|moderations|images|audio|realtime)(?:\/|$)/;
const ANTHROPIC = /^(?:\/anthropic(?:\/|$)|(?:\/v\d[^/]*)?\/(?:messages|complete)(?:\/|$))/;
const GOOGLE = /^(?:\/(?:upload|download))?\/v\d+(?:alpha|beta)/;
/** A method of Google's behind a colon. Only in what is posted: names of OpenAI's fine-tuned models have colons, too. */
const GOOGLE_METHOD = /:[A-Za-z]+$/;

/** Headers that the clients of one API send and no others, by the beginning of their lower-case names. */
const HEADERS: readonly (readonly [beginning: string, api: APIFamily])[] = [
  ['anthropic-', 'Anthropic'],
  ['x-goog-', 'Google'],
  ['x-amz-', 'Bedrock'],
  ['amz-sdk-', 'Bedrock'],
];

/** A request of somebody unknown. */
export interface PresumedRequest {
  readonly head: UpstreamRequestHead;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** The query has Google's `?key=`. */
  readonly hasKeyParameter: boolean;
}

/** The API that a request seems to speak: by its path, else by its headers. OpenAI's, which most speak, when nothing tells. */
export function presumedAPI({ head, rawHeaders, hasKeyParameter }: PresumedRequest): APIFamily {
  const { method, path } = head;
  if (BEDROCK.test(path)) return 'Bedrock';
  if (ANTHROPIC.test(path)) return 'Anthropic';
  if (OPENAI.test(path)) return 'OpenAI';
  if (GOOGLE.test(path) || (method === 'POST' && GOOGLE_METHOD.test(path))) return 'Google';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const found = HEADERS.find(([beginning]) => name.startsWith(beginning));
    if (found !== undefined) return found[1];
  }
  return hasKeyParameter ? 'Google' : 'OpenAI';
}

/** A refusal in the shape of {@link presumedAPI}. */
export function presumedRefusal(refusal: Refusal, request: PresumedRequest): RefusalBody {
  switch (presumedAPI(request)) {
    case 'Anthropic':
      return anthropicWire.refusal(refusal, undefined);
    case 'Google':
      return googleWire.refusal(refusal, classifyGoogle(request.head));
    case 'Bedrock':
      return bedrockRefusal(refusal);
    case 'OpenAI':
    default:
      return openAIWire.refusal(refusal, undefined);
  }
}
