/** The port through which reviews are asked; the cluster's side implements it over its transport. */
export interface ReviewClient {
  /**
   * Creates a review object and gives back the API server's answer.
   *
   * @param path for example `/apis/authentication.k8s.io/v1/tokenreviews`
   * @throws when the API server cannot be reached or refuses
   */
  create(path: string, review: object): Promise<unknown>;
}

/** Reviews under way at the same time; beyond it callers are told to come back. */
export const MAX_REVIEWS_IN_FLIGHT = 128;

/** Verdicts kept per kind of review: those that let in, and those that refuse. */
export const MAX_ACCEPTED = 10_000;
export const MAX_REFUSED = 1000;

/** Milliseconds before an unreachable API server is asked again about the same thing. */
export const RETRY_AFTER_MS = 2000;
