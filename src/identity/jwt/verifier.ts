/** Judges the tokens of one issuer. */
import type { KeyObject } from 'node:crypto';
import type { JWTPayload, JWTVerifyOptions } from 'jose';
import type { JWTConfiguration } from '../../config/types.ts';
import type { Clock } from '../clock.ts';
import { refusal } from '../refusal.ts';
import type { Refusal } from '../refusal.ts';
import type { Identity } from '../types.ts';
import { CLOCK_SKEW_MS, checkUnverified } from './check.ts';
import { identityOf } from './claims.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { KeySet, VerificationKey } from './key-set.ts';
import { memberOf } from './unverified-token.ts';
import type { UnverifiedToken } from './unverified-token.ts';

/** jose reads its clock in whole seconds: with one more it never refuses what has passed here. */
const JOSE_TOLERANCE_SECONDS = CLOCK_SKEW_MS / 1000 + 1;

export interface Acceptance {
  readonly kind: 'Accepted';
  readonly identity: Identity;
  /** The key that verified the token. */
  readonly key: VerificationKey;
  /** End of the token with the skew, or of the keys if they are not fetched again; milliseconds since the epoch. */
  readonly until: number;
}

export type Judgement =
  | Acceptance
  | (Refusal & {
      /** Milliseconds since the epoch before which nothing can have changed about it. */
      readonly until?: number;
    })
  | { readonly kind: 'Unavailable'; readonly problem: string };

export interface VerifierOptions {
  readonly configuration: JWTConfiguration;
  readonly keys: IssuerKeys;
  readonly keyGraceMs: number;
  readonly clock: Clock;
}

type Verify = (token: string, key: KeyObject, options: JWTVerifyOptions) => Promise<{ payload: JWTPayload }>;

/** Some 6 MB and 14 ms: only for processes that verify tokens. */
async function loadVerify(): Promise<Verify> {
  return (await import('jose/jwt/verify')).jwtVerify;
}

export class JWTVerifier {
  readonly #options: VerifierOptions;
  readonly #verify: Promise<Verify>;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#verify = loadVerify();
  }

  /** What can be said before any signature is looked at: a refusal, or nothing. */
  check(token: UnverifiedToken): Refusal | undefined {
    const { configuration, clock } = this.#options;
    return checkUnverified(token, configuration, clock.now());
  }

  /** The whole judgement of a token that {@link check} has let pass. Never rejects. */
  async judge(token: string, { header }: UnverifiedToken): Promise<Judgement> {
    const { keys, keyGraceMs, configuration } = this.#options;
    const algorithm = memberOf(header, 'alg') as string;
    const kid = memberOf(header, 'kid') as string | undefined;
    let current = keys.current(keyGraceMs);
    if (current === undefined) {
      if (!(await keys.settled())) return busy;
      current = keys.current(keyGraceMs);
    }
    if (current === undefined) return this.#unavailable();
    let verdict = await this.#try(token, current, kid, algorithm);
    if (verdict !== undefined && !isAboutKeys(verdict, kid)) return verdict;
    // Perhaps signed with a key that is newer than ours.
    if (!(await keys.refresh())) return busy;
    const next = keys.current(keyGraceMs);
    if (next === undefined) return this.#unavailable();
    if (next !== current) {
      verdict = await this.#try(token, next, kid, algorithm);
      if (verdict !== undefined && !isAboutKeys(verdict, kid)) return verdict;
    }
    if (keys.isBehind) return this.#unavailable();
    const until = keys.cooledAt;
    if (verdict !== undefined) return { ...verdict, until };
    const problem = next.algorithms.includes(algorithm)
      ? `The token is signed with a key that its issuer "${configuration.issuer.url}" does not publish.`
      : `The token is signed with "${algorithm}"; its issuer announces ${next.algorithms.join(', ')}.`;
    const reason = next.algorithms.includes(algorithm) ? 'unknown_key' : 'wrong_algorithm';
    return { ...refusal(reason, problem), until };
  }

  /** Undefined: there is no key that could have signed it. */
  async #try(token: string, keys: KeySet, kid: string | undefined, algorithm: string): Promise<Judgement | undefined> {
    let verdict: Judgement | undefined;
    for (const key of keys.candidates(kid, algorithm)) {
      verdict = await this.#verifyWith(token, key, algorithm);
      if (verdict.kind !== 'Refused' || verdict.reason !== 'bad_signature') return verdict;
    }
    return verdict;
  }

  async #verifyWith(token: string, key: VerificationKey, algorithm: string): Promise<Judgement> {
    const { configuration, clock, keys, keyGraceMs } = this.#options;
    const { issuer } = configuration;
    const verify = await this.#verify;
    let payload: JWTPayload;
    try {
      ({ payload } = await verify(token, key.key, {
        algorithms: [algorithm],
        issuer: issuer.url,
        audience: [...issuer.audiences],
        requiredClaims: ['exp'],
        clockTolerance: JOSE_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      }));
    } catch (error) {
      return isAboutToken(error)
        ? refusal('malformed', 'The token is damaged, or of a form that is not accepted here.')
        : refusal(
            'bad_signature',
            "The token's signature is wrong: it was changed on its way, or somebody else made it.",
          );
    }
    const identity = identityOf(payload, configuration);
    if ('kind' in identity) return identity;
    const until = Math.min((identity.expiresAt ?? 0) + CLOCK_SKEW_MS, keys.holdUntil(keyGraceMs));
    return { kind: 'Accepted', identity, key, until };
  }

  #unavailable(): Judgement {
    const { url } = this.#options.configuration.issuer;
    return {
      kind: 'Unavailable',
      problem: `The keys of the issuer "${url}" cannot be had at the moment, so the token cannot be verified; try again shortly.`,
    };
  }
}

const busy: Judgement = {
  kind: 'Unavailable',
  problem: 'Too many new tokens are being verified at the moment; try again shortly.',
};

/** Whether newer keys could change it. A token that names its key is signed with that one or with none. */
function isAboutKeys(verdict: Judgement, kid: string | undefined): verdict is Refusal {
  return verdict.kind === 'Refused' && verdict.reason === 'bad_signature' && kid === undefined;
}

/** jose's errors, but for a wrong signature. Any other error is about the key, and another key may do. */
function isAboutToken(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code.startsWith('ERR_J') && code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';
}
