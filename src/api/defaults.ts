/**
 * Defaults of LLMProvider. Those that do not depend on the type are in the schema too, so that `kubectl get -o yaml`
 * shows them; `defaults.test.ts` keeps both the same.
 */
import type { ProviderType } from './generated/llmprovider.ts';

/** `spec.baseURL`; undefined where the schema requires one. */
export const DEFAULT_BASE_URLS: Readonly<Record<ProviderType, string | undefined>> = {
  OpenAI: 'https://api.openai.com/v1',
  OpenAICompatible: undefined,
};

/** `spec.secretRef.key`. */
export const DEFAULT_SECRET_KEYS: Readonly<Record<ProviderType, string>> = {
  OpenAI: 'OPENAI_API_KEY',
  OpenAICompatible: 'API_KEY',
};

/** `spec.tls.caSecretRef.key`. */
export const DEFAULT_CA_SECRET_KEY = 'ca.crt';

/** `spec.timeouts`, in seconds. */
export const DEFAULT_TIMEOUTS = { connectSeconds: 10, firstByteSeconds: 600, idleSeconds: 300 } as const;

export const DEFAULT_ENABLED = true;
export const DEFAULT_STREAM_USAGE = 'InjectAndStrip';
export const DEFAULT_ON_CLIENT_DISCONNECT = 'Cancel';
