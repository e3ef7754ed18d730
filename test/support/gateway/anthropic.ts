/** Builders of the objects that users of Anthropic write. */
import { upstreamKey } from './manifests.ts';

/** An LLMProvider of type Anthropic, with defaults that a test overrides. */
export function anthropicProvider(name: string, origin: string, spec: object = {}): object {
  return {
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'LLMProvider',
    metadata: { name },
    spec: { type: 'Anthropic', baseURL: origin, secretRef: { name: 'anthropic' }, ...spec },
  };
}

/** One whose callers bring their own credential. */
export function anthropicPassthrough(name: string, origin: string, spec: object = {}): object {
  return anthropicProvider(name, origin, { secretRef: undefined, anthropic: { authPassthrough: true }, ...spec });
}

/** The Secret `anthropic`, or another. */
export function anthropicSecret(name = 'anthropic', key = upstreamKey): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { ANTHROPIC_API_KEY: key } };
}
