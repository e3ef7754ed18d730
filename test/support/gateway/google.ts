/** Builders of providers of type GoogleAI. */
import { provider, upstreamKey } from './manifests.ts';

/** An LLMProvider of type GoogleAI at `origin`, with the Secret of {@link googleSecret}. */
export function googleProvider(name: string, origin: string, spec: object = {}): object {
  return provider(name, origin, { type: 'GoogleAI', baseURL: origin, ...spec });
}

/** Its Secret. */
export function googleSecret(name: string, key = upstreamKey): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { GOOGLE_AI_API_KEY: key } };
}
