/** Brings a credential before the authority that can judge it, and keeps the verdicts on tokens of issuers. */
import type { Clock } from './clock.ts';
import { credentialKey } from './credential-key.ts';
import { MAX_WAITING } from './jwt/issuer-keys.ts';
import type { Refusal } from './refusal.ts';
import { foreignIssuer, refusal } from './refusal.ts';
import { MAX_TOKEN_LENGTH, hasTokenForm, memberOf, readToken } from './jwt/unverified-token.ts';
import type { UnverifiedToken } from './jwt/unverified-token.ts';
import type { JWTVerifier } from './jwt/verifier.ts';
import type { AuthenticationMethod, AuthenticationResult, IdentityMetrics } from './metrics.ts';
import type { AuthenticationVerdict, Authenticator, CachingAuthenticator, ClientCertificate } from './types.ts';
import { VerdictCache } from './verdict-cache.ts';
import type { Answer } from './verdict-cache.ts';
import { certificateIdentity } from './x509.ts';
import type { CertificateNames } from './x509.ts';

/** Tokens whose verdicts are kept. */
const MAX_ACCEPTED = 20_000;
const MAX_REFUSED = 1000;
/** Tokens that are being verified; those that wait for the keys of a slow issuer take no place from them. */
const MAX_IN_FLIGHT = 1024;

/** An accepted token is believed for so long, and never beyond its end. */
const ACCEPTED_TTL_MS = 5 * 60_000;
/** A token whose signature or claims were refused is not looked at again for so long. */
const REFUSED_TTL_MS = 10_000;

export interface CredentialRouterOptions {
  /** By issuer URL. */
  readonly verifiers: ReadonlyMap<string, JWTVerifier>;
  readonly serviceAccounts: CachingAuthenticator | undefined;
  readonly x509: CertificateNames | undefined;
  /** Ends every refusal: what to send. */
  readonly expected: string;
  readonly clock: Clock;
  readonly metrics: Pick<IdentityMetrics, 'authentications'>;
}

type Verdict = AuthenticationVerdict;

const busy: Verdict = {
  kind: 'Unavailable',
  message: 'Too many new tokens are being verified at the moment; try again shortly.',
};

export class CredentialRouter implements Authenticator {
  readonly #options: CredentialRouterOptions;
  readonly #verdicts: VerdictCache<Verdict>;
  /** A certificate is one object for all requests of its connection. */
  readonly #certified = new WeakMap<ClientCertificate, Verdict>();

  constructor(options: CredentialRouterOptions) {
    this.#options = options;
    this.#verdicts = new VerdictCache({
      maxAccepted: MAX_ACCEPTED,
      maxRefused: MAX_REFUSED,
      maxInFlight: MAX_IN_FLIGHT + options.verifiers.size * MAX_WAITING,
      retryAfter: 0,
      now: options.clock.now,
    });
  }

  get cachedVerdicts(): { readonly accepted: number; readonly refused: number } {
    return { accepted: this.#verdicts.accepted, refused: this.#verdicts.refused };
  }

  authenticate(credential: string | undefined, certificate?: ClientCertificate): Verdict | Promise<Verdict> {
    const { x509, serviceAccounts } = this.#options;
    // SDKs insist on a key, so callers with a certificate send some word for one.
    if (x509 !== undefined && certificate !== undefined && (credential === undefined || !hasTokenForm(credential))) {
      return this.#certify(certificate, x509);
    }
    if (credential === undefined) return this.#refuse('none', missing);
    if (credential.length > MAX_TOKEN_LENGTH) return this.#route('', credential);
    const key = credentialKey(credential);
    const known = this.#verdicts.peek(key);
    if (known !== undefined) return known;
    const reviewed = serviceAccounts?.cached(key);
    return reviewed === undefined ? this.#route(key, credential) : this.#told(reviewed);
  }

  #route(key: string, credential: string): Verdict | Promise<Verdict> {
    const { verifiers, serviceAccounts } = this.#options;
    const token = readToken(credential);
    if (token.kind === 'NoToken') return this.#refuse('none', refusal('malformed', token.problem));
    const issuer = memberOf(token.claims, 'iss');
    const verifier = typeof issuer === 'string' ? verifiers.get(issuer) : undefined;
    if (verifier === undefined) {
      if (serviceAccounts !== undefined) return this.#review(serviceAccounts, credential);
      return this.#refuse('none', foreignIssuer(issuer));
    }
    const problem = verifier.check(token);
    if (problem !== undefined) return this.#refuse('jwt', problem);
    return this.#verdicts.refresh(key, async () => this.#verify(verifier, credential, token), busy);
  }

  async #verify(verifier: JWTVerifier, credential: string, token: UnverifiedToken): Promise<Answer<Verdict>> {
    const judgement = await verifier.judge(credential, token);
    const now = this.#options.clock.now();
    if (judgement.kind === 'Unavailable') {
      this.#count('jwt', 'unavailable');
      return { kind: 'Unavailable', value: { kind: 'Unavailable', message: judgement.problem } };
    }
    if (judgement.kind === 'Refused') {
      const value = this.#refuse('jwt', judgement);
      const ttl = Math.min(REFUSED_TTL_MS, (judgement.until ?? Infinity) - now);
      return { kind: 'Verdict', accepted: false, value, ttl, graceTTL: 0 };
    }
    this.#count('jwt', 'accepted');
    return {
      kind: 'Verdict',
      accepted: true,
      value: { kind: 'Authenticated', identity: judgement.identity },
      ttl: Math.min(ACCEPTED_TTL_MS, judgement.until - now),
      graceTTL: 0,
      ground: judgement.key,
    };
  }

  async #review(serviceAccounts: Authenticator, credential: string): Promise<Verdict> {
    const verdict = await serviceAccounts.authenticate(credential);
    this.#count('serviceaccount', REVIEW_RESULTS[verdict.kind]);
    return this.#told(verdict);
  }

  /** A refusal of another authority, with what to send. */
  #told(verdict: Verdict): Verdict {
    if (verdict.kind !== 'Unauthenticated') return verdict;
    return { kind: 'Unauthenticated', reason: 'refused', message: `${verdict.message} ${this.#options.expected}` };
  }

  #certify(certificate: ClientCertificate, names: CertificateNames): Verdict {
    const now = this.#options.clock.now();
    const known = this.#certified.get(certificate);
    if (known !== undefined && certificate.notAfter > now) return known;
    const identity = certificateIdentity(certificate, names, now);
    if ('kind' in identity) return this.#refuse('x509', identity);
    this.#count('x509', 'accepted');
    const verdict: Verdict = { kind: 'Authenticated', identity };
    this.#certified.set(certificate, verdict);
    return verdict;
  }

  #refuse(method: AuthenticationMethod, { reason, problem }: Refusal): Verdict {
    this.#count(method, reason);
    return { kind: 'Unauthenticated', reason, message: `${problem} ${this.#options.expected}` };
  }

  #count(method: AuthenticationMethod, result: AuthenticationResult): void {
    this.#options.metrics.authentications.inc({ method, result });
  }
}

const missing = refusal('missing', 'The request carries no credential, or one without the word "Bearer".');

const REVIEW_RESULTS = {
  Authenticated: 'accepted',
  Unauthenticated: 'refused',
  Unavailable: 'unavailable',
} as const satisfies Record<Verdict['kind'], AuthenticationResult>;
