/** Why a caller is not let in. */

/** Label values of the metric; `accepted` comes beside them. */
export const REFUSAL_REASONS = [
  'missing',
  'malformed',
  'unknown_issuer',
  'wrong_algorithm',
  'wrong_type',
  'wrong_audience',
  'expired',
  'not_yet_valid',
  'unknown_key',
  'bad_signature',
  'claims',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface Refusal {
  readonly kind: 'Refused';
  readonly reason: RefusalReason;
  /** For the caller: a sentence that never echoes the credential. */
  readonly problem: string;
}

export function refusal(reason: RefusalReason, problem: string): Refusal {
  return { kind: 'Refused', reason, problem };
}

/** `issuer`: the claim `iss` of a token whose issuer is none of those that are accepted. */
export function foreignIssuer(issuer: unknown): Refusal {
  const name = shown(issuer, 'an issuer that is not known here');
  return refusal('unknown_issuer', `The token is of ${name}, and not of an issuer that is accepted.`);
}

/** A text that a token says of itself, as a message can show it: short and harmless, else only that there is one. */
export function shown(text: unknown, otherwise: string): string {
  return typeof text === 'string' && /^[!#-[\]-~]{1,200}$/.test(text) ? `"${text}"` : otherwise;
}
