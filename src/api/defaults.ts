/**
 * Defaults of LLMProvider and Guardrail. Those that do not depend on the type are in the schema too, so that `kubectl get -o yaml`
 * shows them; `crd.test.ts` keeps both the same.
 */
import { awsDomain } from './aws-domain.ts';
import type { ProviderType } from './generated/llmprovider.ts';

/** `spec.baseURL`; undefined where the schema requires one. Bedrock's depends on the region: {@link bedrockBaseURL}. */
export const DEFAULT_BASE_URLS: Readonly<Record<Exclude<ProviderType, 'Bedrock'>, string | undefined>> = {
  OpenAI: 'https://api.openai.com/v1',
  Anthropic: 'https://api.anthropic.com',
  GoogleAI: 'https://generativelanguage.googleapis.com',
  OpenAICompatible: undefined,
};

/** `spec.baseURL` of a Bedrock provider: the region's runtime. */
export function bedrockBaseURL(region: string): string {
  return `https://bedrock-runtime.${region}.${awsDomain(region)}`;
}

/** `spec.secretRef.key`. Bedrock has no `secretRef`. */
export const DEFAULT_SECRET_KEYS: Readonly<Record<Exclude<ProviderType, 'Bedrock'>, string>> = {
  OpenAI: 'OPENAI_API_KEY',
  Anthropic: 'ANTHROPIC_API_KEY',
  GoogleAI: 'GOOGLE_AI_API_KEY',
  OpenAICompatible: 'API_KEY',
};

/** `spec.bedrock.credentials.type`. */
export const DEFAULT_AWS_CREDENTIALS = 'DefaultChain';

/** `key` of the references in `spec.bedrock.credentials.staticKeys`. */
export const DEFAULT_STATIC_KEYS = {
  accessKeyIDRef: 'AWS_ACCESS_KEY_ID',
  secretAccessKeyRef: 'AWS_SECRET_ACCESS_KEY',
  sessionTokenRef: 'AWS_SESSION_TOKEN',
} as const;

/** `spec.anthropic.authPassthrough`. */
export const DEFAULT_AUTH_PASSTHROUGH = false;

/** `spec.tls.caSecretRef.key`. */
export const DEFAULT_CA_SECRET_KEY = 'ca.crt';

/** `spec.timeouts`, in seconds. */
export const DEFAULT_TIMEOUTS = { connectSeconds: 10, firstByteSeconds: 600, idleSeconds: 300 } as const;

export const DEFAULT_ENABLED = true;
export const DEFAULT_STREAM_USAGE = 'InjectAndStrip';
export const DEFAULT_ON_CLIENT_DISCONNECT = 'Cancel';

/** Guardrail: `spec.mode`. */
export const DEFAULT_GUARDRAIL_MODE = 'Enforce';
/** Guardrail: `spec.failurePolicy`. */
export const DEFAULT_FAILURE_POLICY = 'Closed';
/** Guardrail: `match` of a word filter. */
export const DEFAULT_WORD_MATCH = 'Word';
/** Guardrail: `caseSensitive` of a word filter. */
export const DEFAULT_CASE_SENSITIVE = false;
/** Guardrail: `appliesTo` of every rule. */
export const DEFAULT_APPLIES_TO = ['Input', 'Output'] as const;
/** Guardrail: `spec.streaming.holdBackCharacters`. */
export const DEFAULT_HOLD_BACK_CHARACTERS = 256;
/** Guardrail: `spec.timeoutMilliseconds`. */
export const DEFAULT_EVALUATION_TIMEOUT = 2000;
/** Guardrail: `spec.contentPolicies.evaluator.openAIModeration.model`. */
export const DEFAULT_MODERATION_MODEL = 'omni-moderation-latest';
/** Guardrail: `spec.contentPolicies.evaluator.http.secretRef.key`. */
export const DEFAULT_WEBHOOK_KEY = 'TOKEN';
