/** The metrics of authentication. No label holds a name of a caller; issuers are those of the configuration. */
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { REFUSAL_REASONS } from './refusal.ts';
import type { RefusalReason } from './refusal.ts';

export const AUTHENTICATION_METHODS = ['jwt', 'serviceaccount', 'x509', 'none'] as const;
export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number];

/** `refused`: the authority gives no reason. `unavailable`: it could not be asked, or too much was asked at once. */
export type AuthenticationResult = 'accepted' | 'refused' | 'unavailable' | RefusalReason;

const RESULTS: Readonly<Record<AuthenticationMethod, readonly AuthenticationResult[]>> = {
  jwt: [
    'accepted',
    'unavailable',
    ...REFUSAL_REASONS.filter((reason) => reason !== 'missing' && reason !== 'unknown_issuer'),
  ],
  serviceaccount: ['accepted', 'refused', 'unavailable'],
  x509: ['accepted', 'expired', 'claims'],
  none: ['missing', 'malformed', 'unknown_issuer'],
};

export type IdentityMetrics = ReturnType<typeof createIdentityMetrics>;

/**
 * Declares the metrics in a registry; once per process.
 *
 * @param cached how many verdicts on tokens of issuers are kept
 */
export function createIdentityMetrics(registry: Registry, cached: () => { accepted: number; refused: number }) {
  const registers = [registry];
  const authentications = new Counter({
    name: 'tidegate_authentications_total',
    help: 'Credentials that were judged anew, by method and result. A request whose verdict is cached is not counted.',
    labelNames: ['method', 'result'],
    registers,
  });
  for (const method of AUTHENTICATION_METHODS) {
    for (const result of RESULTS[method]) authentications.inc({ method, result }, 0);
  }
  return {
    authentications,
    cachedVerdicts: new Gauge({
      name: 'tidegate_authentication_cached_verdicts',
      help: "Verdicts on issuers' tokens that are kept in memory, by result (accepted, refused).",
      labelNames: ['result'],
      registers,
      collect() {
        const { accepted, refused } = cached();
        this.set({ result: 'accepted' }, accepted);
        this.set({ result: 'refused' }, refused);
      },
    }),
    fetches: new Counter({
      name: 'tidegate_jwks_fetches_total',
      help: "Fetches of an issuer's metadata and keys, by result (success, failure).",
      labelNames: ['issuer', 'result'],
      registers,
    }),
    lastSuccess: new Gauge({
      name: 'tidegate_jwks_last_success_timestamp_seconds',
      help: "When an issuer's keys were last fetched, in seconds since the epoch. 0: never.",
      labelNames: ['issuer'],
      registers,
    }),
  };
}

/** Takes the series of an issuer away. */
export function forgetIssuer({ fetches, lastSuccess }: IdentityMetrics, issuer: string): void {
  for (const result of ['success', 'failure']) fetches.remove({ issuer, result });
  lastSuccess.remove({ issuer });
}
