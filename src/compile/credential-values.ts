/** A provider's credential with the values from its Secrets, or everything that is wrong with them. */
import type { Redacted } from '../redacted.ts';
import type { Credential } from '../table/types.ts';
import { credentialRefs, type CredentialSpec, type SecretKey } from './credential-spec.ts';
import type { Problem } from './problems.ts';
import { readKeyText, type Secrets } from './secret-values.ts';

export type ResolvedCredential = { readonly credential: Credential } | { readonly problems: readonly Problem[] };

/** Takes every value that the credential is made of. */
export function resolveCredential(secrets: Secrets, namespace: string, spec: CredentialSpec): ResolvedCredential {
  const values = new Map<SecretKey, Redacted>();
  const problems: Problem[] = [];
  for (const ref of credentialRefs(spec)) {
    const found = readKeyText(secrets, namespace, ref);
    if ('problem' in found) problems.push(found.problem);
    else values.set(ref, found.value);
  }
  if (problems.length > 0) return { problems };
  const valueOf = (ref: SecretKey): Redacted => {
    const value = values.get(ref);
    if (value === undefined) throw new Error('a reference of the credential has not been read');
    return value;
  };
  return { credential: fill(spec, valueOf) };
}

function fill(spec: CredentialSpec, valueOf: (ref: SecretKey) => Redacted): Credential {
  if (spec.kind === 'APIKey') return { kind: 'APIKey', value: valueOf(spec.ref) };
  if (spec.kind !== 'AWS') return spec;
  if (spec.source.type !== 'StaticKeys') return { kind: 'AWS', source: spec.source };
  const { type, accessKeyID, secretAccessKey, sessionToken } = spec.source;
  return {
    kind: 'AWS',
    source: {
      type,
      accessKeyID: valueOf(accessKeyID),
      secretAccessKey: valueOf(secretAccessKey),
      ...(sessionToken === undefined ? {} : { sessionToken: valueOf(sessionToken) }),
    },
  };
}
