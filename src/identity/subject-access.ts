/** Authorization by Kubernetes RBAC: the API server says whether somebody may (SubjectAccessReview). */
import { denied, type AccessResource } from './denial.ts';
import { identityKey } from './identity-key.ts';
import { MAX_ACCEPTED, MAX_REFUSED, MAX_REVIEWS_IN_FLIGHT, RETRY_AFTER_MS } from './review-client.ts';
import type { ReviewClient } from './review-client.ts';
import type { AccessSubresource, AccessVerb, AuthorizationVerdict, Authorizer, Identity } from './types.ts';
import { VerdictCache } from './verdict-cache.ts';
import type { Answer } from './verdict-cache.ts';

const SUBJECT_ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

const ALLOWED_TTL_MS = 30_000;
const DENIED_TTL_MS = 5000;

export interface SubjectAccessOptions {
  readonly client: ReviewClient;
  readonly resource: AccessResource;
  /** Milliseconds that an allowed verdict still holds while the API server cannot be asked. */
  readonly grace: number;
  readonly now?: () => number;
}

const allowed: AuthorizationVerdict = { kind: 'Allowed' };
const unavailable: AuthorizationVerdict = {
  kind: 'Unavailable',
  message: 'The Kubernetes API server cannot be asked about your permissions at the moment; try again shortly.',
};

export class SubjectAccessAuthorizer implements Authorizer {
  readonly #options: SubjectAccessOptions;
  readonly #verdicts: VerdictCache<AuthorizationVerdict>;

  constructor(options: SubjectAccessOptions) {
    this.#options = options;
    this.#verdicts = new VerdictCache({
      maxAccepted: MAX_ACCEPTED,
      maxRefused: MAX_REFUSED,
      maxInFlight: MAX_REVIEWS_IN_FLIGHT,
      retryAfter: RETRY_AFTER_MS,
      now: options.now ?? Date.now,
    });
  }

  authorize(
    identity: Identity,
    verb: AccessVerb,
    namespace: string,
    name: string,
    subresource?: AccessSubresource,
  ): AuthorizationVerdict | Promise<AuthorizationVerdict> {
    const key = `${verb}/${subresource ?? ''}/${namespace}/${name}/${identityKey(identity)}`;
    return (
      this.#verdicts.peek(key) ??
      this.#verdicts.refresh(key, async () => this.#review(identity, verb, namespace, name, subresource), unavailable)
    );
  }

  async #review(
    identity: Identity,
    verb: AccessVerb,
    namespace: string,
    name: string,
    subresource: AccessSubresource | undefined,
  ): Promise<Answer<AuthorizationVerdict>> {
    const { client, resource, grace } = this.#options;
    let mayDo: boolean;
    try {
      const review = await client.create(SUBJECT_ACCESS_REVIEWS, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: identity.username,
          ...(identity.uid === undefined ? {} : { uid: identity.uid }),
          groups: identity.groups,
          ...(identity.extra === undefined ? {} : { extra: identity.extra }),
          resourceAttributes: {
            group: resource.group,
            resource: resource.plural,
            ...(subresource === undefined ? {} : { subresource }),
            verb,
            namespace,
            name,
          },
        },
      });
      const { status } = review as { status?: { allowed?: boolean; denied?: boolean } };
      mayDo = status?.allowed === true && status.denied !== true;
    } catch {
      return { kind: 'Unavailable', value: unavailable };
    }
    if (mayDo) return { kind: 'Verdict', accepted: true, value: allowed, ttl: ALLOWED_TTL_MS, graceTTL: grace };
    const value = denied(identity, verb, resource, namespace, name, subresource);
    return { kind: 'Verdict', accepted: false, value, ttl: DENIED_TTL_MS, graceTTL: 0 };
  }
}
