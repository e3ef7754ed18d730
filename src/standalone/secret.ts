import { decodeBase64, validateSecret } from '../api/validation/secret.ts';
import { isObject, type JSONObject } from '../api/validation/schema.ts';
import { Redacted } from '../redacted.ts';
import { expandVariables } from './expand.ts';
import { remarksOf, type Remark } from './remark.ts';

export type SecretData = ReadonlyMap<string, Redacted>;

/** A Secret as read from its manifest. With an error among the remarks `data` is not to be used. */
export interface SecretReading {
  readonly data: SecretData;
  readonly remarks: readonly Remark[];
}

/** Validates a Secret, decodes `data` and expands `${VARIABLE}` in `stringData`. A key whose variable is not set counts as absent. */
export function readSecret(manifest: JSONObject, env: Readonly<Record<string, string | undefined>>): SecretReading {
  const remarks: Remark[] = remarksOf(validateSecret(manifest));
  const data = new Map<string, Redacted>();
  for (const [key, value] of members(manifest, 'data')) {
    const bytes = decodeBase64(value);
    if (bytes !== undefined) data.set(key, new Redacted(Buffer.from(bytes).toString('utf8')));
  }
  for (const [key, value] of members(manifest, 'stringData')) {
    const path = ['stringData', key];
    const expansion = expandVariables(value, env);
    switch (expansion.kind) {
      case 'Expanded':
        data.set(key, new Redacted(expansion.value));
        break;
      case 'Unset': {
        data.delete(key);
        const names = expansion.variables.map((name) => `"${name}"`).join(', ');
        const what = expansion.variables.length > 1 ? `variables ${names} are` : `variable ${names} is`;
        remarks.push({
          severity: 'warning',
          path,
          message: `stringData.${key}: environment ${what} not set; the key counts as absent`,
        });
        break;
      }
      case 'Malformed': {
        const rule = 'must hold the name of an environment variable between `${` and `}`; write `$${` for a plain `${`';
        remarks.push({ severity: 'error', path, message: `stringData.${key}: Invalid value: ${rule}` });
        break;
      }
    }
  }
  return { data, remarks };
}

function members(manifest: JSONObject, field: 'data' | 'stringData'): [string, string][] {
  const value = manifest[field];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === 'string' ? [[key, member] as [string, string]] : [],
  );
}
