/** Which references of an object a verdict speaks of, so that it can be told where a person mends it. */
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider, SecretKeyRef } from '../api/generated/llmprovider.ts';
import type { FieldPath } from '../api/validation/field-error.ts';

/** A field that names a Secret. */
export interface SecretReference {
  readonly path: FieldPath;
  /** `namespace/name`. */
  readonly secret: string;
  /** Undefined where the default depends on the provider's type. */
  readonly key: string | undefined;
}

/** The references whose Secret, and key if it names keys, the message names. In the order of the spec's fields. */
export function referencesIn(
  message: string,
  namespace: string,
  spec: LLMProvider['spec'] | Guardrail['spec'],
): readonly SecretReference[] {
  return referencesOf(namespace, spec).filter(
    ({ secret, key }) =>
      message.includes(`"${secret}"`) &&
      (key === undefined || !message.includes('key "') || message.includes(`key "${key}"`)),
  );
}

function referencesOf(namespace: string, spec: LLMProvider['spec'] | Guardrail['spec']): readonly SecretReference[] {
  const webhook = ['contentPolicies', 'evaluator', 'http'] as const;
  const judge = 'contentPolicies' in spec ? spec.contentPolicies?.evaluator.http : undefined;
  const keys = ['bedrock', 'credentials', 'staticKeys'] as const;
  const staticKeys = spec.bedrock?.credentials?.staticKeys;
  const fields: readonly (readonly [path: FieldPath, ref: SecretKeyRef | undefined])[] = [
    [['secretRef'], 'secretRef' in spec ? spec.secretRef : undefined],
    [[...webhook, 'secretRef'], judge?.secretRef],
    [[...webhook, 'tls', 'caSecretRef'], judge?.tls?.caSecretRef],
    [[...keys, 'accessKeyIDRef'], staticKeys?.accessKeyIDRef],
    [[...keys, 'secretAccessKeyRef'], staticKeys?.secretAccessKeyRef],
    [[...keys, 'sessionTokenRef'], staticKeys?.sessionTokenRef],
    [['tls', 'caSecretRef'], 'tls' in spec ? spec.tls?.caSecretRef : undefined],
  ];
  return fields.flatMap(([path, ref]) =>
    ref === undefined ? [] : [{ path: ['spec', ...path], secret: `${namespace}/${ref.name}`, key: ref.key }],
  );
}
