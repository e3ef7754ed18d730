/** Authentication by Kubernetes ServiceAccount tokens: the API server says whose token it is (TokenReview). */
import { formatTime } from './clock.ts';
import { credentialKey } from './credential-key.ts';
import { CLOCK_SKEW_MS } from './jwt/check.ts';
import { foreignIssuer } from './refusal.ts';
import { audiencesOf, memberOf, readToken, timeOf } from './jwt/unverified-token.ts';
import type { Members } from './jwt/unverified-token.ts';
import { MAX_ACCEPTED, MAX_REFUSED, MAX_REVIEWS_IN_FLIGHT, RETRY_AFTER_MS } from './review-client.ts';
import type { ReviewClient } from './review-client.ts';
import type { AuthenticationVerdict, CachingAuthenticator, Identity } from './types.ts';
import { VerdictCache } from './verdict-cache.ts';
import type { Answer } from './verdict-cache.ts';

const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

/** A token that was good is believed for so long, and never beyond its own end. */
const ACCEPTED_TTL_MS = 60_000;
/** A token that was refused is not asked about again for so long. */
const REFUSED_TTL_MS = 10_000;

export interface ServiceAccountOptions {
  readonly client: ReviewClient;
  /** Audiences of which a token must carry one; empty: those of the API server. */
  readonly audiences: readonly string[];
  /** Milliseconds that an accepted token is still believed while the API server cannot be asked. */
  readonly grace: number;
  readonly now?: () => number;
}

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

const unavailable: AuthenticationVerdict = {
  kind: 'Unavailable',
  message: 'The Kubernetes API server cannot be asked about the token at the moment; try again shortly.',
};

/** How the API server names every ServiceAccount, in `sub` as in its answers. */
const ACCOUNT = 'system:serviceaccount:';

/** Its refusals say what is wrong; what to send instead, whoever asks adds. */
export class ServiceAccountAuthenticator implements CachingAuthenticator {
  readonly #options: ServiceAccountOptions;
  readonly #now: () => number;
  readonly #verdicts: VerdictCache<AuthenticationVerdict>;

  constructor(options: ServiceAccountOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#verdicts = new VerdictCache({
      maxAccepted: MAX_ACCEPTED,
      maxRefused: MAX_REFUSED,
      maxInFlight: MAX_REVIEWS_IN_FLIGHT,
      retryAfter: RETRY_AFTER_MS,
      now: this.#now,
    });
  }

  authenticate(credential: string | undefined): AuthenticationVerdict | Promise<AuthenticationVerdict> {
    if (credential === undefined) {
      return refused('The request carries no credential, or one without the word "Bearer".');
    }
    const key = credentialKey(credential);
    return this.#verdicts.peek(key) ?? this.#ask(key, credential);
  }

  cached(key: string): AuthenticationVerdict | undefined {
    return this.#verdicts.peek(key);
  }

  #ask(key: string, token: string): AuthenticationVerdict | Promise<AuthenticationVerdict> {
    const read = readToken(token);
    if (read.kind === 'NoToken') return refused(read.problem);
    const { audiences } = this.#options;
    if (audiences.length > 0 && !audiencesOf(read.claims).some((a) => audiences.includes(a))) {
      return refused(
        foreignProblem(read.claims) ??
          'The ServiceAccount token is not meant for this gateway: none of its audiences is accepted.',
      );
    }
    const expiresAt = timeOf(read.claims, 'exp');
    if (expiresAt !== undefined && expiresAt + CLOCK_SKEW_MS <= this.#now()) {
      return refused(`The token expired at ${formatTime(expiresAt)}.`);
    }
    return this.#verdicts.refresh(key, async () => this.#review(token, read.claims, expiresAt), unavailable);
  }

  async #review(token: string, claims: Members, expiresAt: number | undefined): Promise<Answer<AuthenticationVerdict>> {
    const { audiences, grace, client } = this.#options;
    let status: TokenReviewStatus;
    try {
      const review = await client.create(TOKEN_REVIEWS, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(audiences.length === 0 ? {} : { audiences }) },
      });
      status = (review as { status?: TokenReviewStatus }).status ?? {};
    } catch {
      return { kind: 'Unavailable', value: unavailable };
    }
    const { user } = status;
    const audienceHolds = audiences.length === 0 || (status.audiences ?? []).some((a) => audiences.includes(a));
    if (status.authenticated !== true || user?.username === undefined || user.username === '' || !audienceHolds) {
      const value = refused(
        foreignProblem(claims) ??
          'The Kubernetes API server does not accept the token (revoked, expired or of another cluster).',
      );
      return { kind: 'Verdict', accepted: false, value, ttl: REFUSED_TTL_MS, graceTTL: 0 };
    }
    const identity: Identity = {
      username: user.username,
      groups: user.groups ?? [],
      ...(user.uid === undefined || user.uid === '' ? {} : { uid: user.uid }),
      ...(user.extra === undefined ? {} : { extra: user.extra }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const left = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - this.#now();
    return {
      kind: 'Verdict',
      accepted: true,
      value: { kind: 'Authenticated', identity },
      ttl: Math.min(ACCEPTED_TTL_MS, left),
      graceTTL: Math.min(grace, left),
    };
  }
}

function refused(message: string): AuthenticationVerdict {
  return { kind: 'Unauthenticated', message };
}

/** What no ServiceAccount's token is comes from somewhere else, and that is what its sender has to know. */
function foreignProblem(claims: Members): string | undefined {
  const subject = memberOf(claims, 'sub');
  if (typeof subject === 'string' && subject.startsWith(ACCOUNT)) return undefined;
  return foreignIssuer(memberOf(claims, 'iss')).problem;
}
