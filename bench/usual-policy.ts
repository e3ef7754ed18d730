/** A usual policy: twenty words, eight kinds of personal data, three patterns. What the sections `guardrails` and `detectors` are about. */
import type { GuardrailSpec } from '../src/guardrails/engine/spec.ts';
import type { PIIType } from '../src/guardrails/pii/pii.ts';

export const usualTypes: readonly PIIType[] = [
  'Email',
  'Phone',
  'CreditCard',
  'IBAN',
  'USSocialSecurityNumber',
  'IPAddress',
  'AWSAccessKey',
  'PrivateKey',
];

export const usualWords: readonly string[] =
  'apollo, falcon, project titan, bluebird, confidential, internal only, acme corp, layoffs, merger, acquisition, kerberos, nightfall, codename orion, do not distribute, trade secret, salary band, source code, board minutes, unreleased, roadmap 2027'.split(
    ', ',
  );

export const usualPatterns: readonly string[] = ['\\bTICKET-\\d{4,6}\\b', 'EMP\\d{6}', '(?i)project[- ]falcon'];

/** `spec` of a Guardrail with all of it, in both directions. */
export function usualSpec(mode: 'Enforce' | 'Audit' = 'Enforce'): GuardrailSpec {
  return {
    mode,
    wordFilters: [{ name: 'projects', words: usualWords, action: 'Mask' }],
    pii: {
      entities: usualTypes.map((type) => ({ type, action: 'Mask' })),
      regexes: usualPatterns.map((pattern, index) => ({ name: `pattern-${index}`, pattern, action: 'Mask' })),
    },
  };
}
