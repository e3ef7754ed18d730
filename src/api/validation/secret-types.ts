import { fieldError, type FieldError, type FieldPath } from './field-error.ts';
import { isObject, type JSONObject } from './schema.ts';

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

/** What the types of Secrets that Kubernetes knows must hold. `read` gives the value of a key. */
export function secretTypeErrors(manifest: JSONObject, read: (key: string) => Uint8Array | undefined): FieldError[] {
  const missing = (...keys: string[]): FieldError[] => keys.filter((key) => read(key) === undefined).map(requiredKey);
  switch (manifest['type']) {
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key');
    case 'kubernetes.io/ssh-auth':
      return (read('ssh-privatekey')?.length ?? 0) === 0 ? [requiredKey('ssh-privatekey')] : [];
    case 'kubernetes.io/basic-auth': {
      const absent = missing('username', 'password');
      return absent.length === 2 ? absent : [];
    }
    case 'kubernetes.io/dockercfg':
      return jsonErrors('.dockercfg', read('.dockercfg'));
    case 'kubernetes.io/dockerconfigjson':
      return jsonErrors('.dockerconfigjson', read('.dockerconfigjson'));
    case 'kubernetes.io/service-account-token':
      return serviceAccountErrors(manifest);
    default:
      return [];
  }
}

function jsonErrors(key: string, value: Uint8Array | undefined): FieldError[] {
  if (value === undefined) return [requiredKey(key)];
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(value));
    if (typeof parsed === 'object' && !Array.isArray(parsed)) return [];
  } catch {
    // Said below, without a piece of it.
  }
  const shownPath = `data[${key}]`;
  return [fieldError('Invalid', ['data', key], { value: '<contents redacted>', detail: 'must be JSON', shownPath })];
}

function serviceAccountErrors({ metadata }: JSONObject): FieldError[] {
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  if (isObject(annotations) && (annotations[SERVICE_ACCOUNT_NAME] ?? '') !== '') return [];
  const path: FieldPath = ['metadata', 'annotations'];
  return [fieldError('Required', path, { shownPath: `metadata.annotations[${SERVICE_ACCOUNT_NAME}]` })];
}

function requiredKey(key: string): FieldError {
  return fieldError('Required', ['data'], { shownPath: `data[${key}]` });
}
