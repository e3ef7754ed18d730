/** Builders of the objects that users write. */

/** The key of the fake upstream, as recognisable in a dump as it can be. */
export const upstreamKey = 'sk-upstream-7f3a9c51e2d84b60';

/** An LLMProvider of type OpenAI with defaults that a test overrides: `provider('team', origin, { enabled: false })`. */
export function provider(name: string, origin: string, spec: object = {}, namespace?: string): object {
  return {
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'LLMProvider',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { type: 'OpenAI', baseURL: `${origin}/v1`, secretRef: { name }, ...spec },
  };
}

/** A Guardrail that masks e-mail addresses, unless `spec` has other rules. */
export function guardrail(name: string, spec: object = {}, namespace?: string): object {
  return {
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'Guardrail',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { pii: { entities: [{ type: 'Email', action: 'Mask' }] }, ...spec },
  };
}

/** The Secret of a provider. */
export function secret(name: string, key = upstreamKey, namespace?: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    stringData: { OPENAI_API_KEY: key },
  };
}
