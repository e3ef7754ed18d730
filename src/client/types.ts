/** What the client commands share: where the gateway is, and the token with which it is called. */
import type { Redacted } from '../redacted.ts';

/** Flags of every client command; they win over the environment, which wins over the profile. */
export interface ClientFlags {
  /** `--url`, `TIDEGATE_URL`: the gateway, such as `https://llm.example.com`. */
  readonly url?: string;
  /** `--namespace`, `TIDEGATE_NAMESPACE`; default: the profile's, else the gateway's own default. */
  readonly namespace?: string;
  /** `--profile`, `TIDEGATE_PROFILE`; default: the current one. */
  readonly profile?: string;
  /** `--certificate-authority`: file with the CA of the gateway, PEM. */
  readonly certificateAuthority?: string;
}

/** Where and as whom a command works. */
export interface ClientSettings {
  /** Scheme, host, port and prefix, without a trailing slash and without `/llm/v1`. */
  readonly url: string;
  /** Undefined: the gateway's default namespace. */
  readonly namespace: string | undefined;
  /** Name of the profile that was used; undefined: none. */
  readonly profile: string | undefined;
  /** PEM; replaces the system's trust store for the gateway. */
  readonly ca: string | undefined;
}

/** A token for the gateway. Never on a command line, never in a log. */
export interface AccessToken {
  readonly value: Redacted;
  /** Milliseconds since the epoch; undefined when that cannot be told. */
  readonly expiresAt: number | undefined;
  /** Whether another one can be had without a person. */
  readonly isRefreshable: boolean;
  /** The environment variable that it came from, if it did. */
  readonly variable?: string;
}

/** Where tokens come from: `TIDEGATE_TOKEN`, or the sign-in of a profile, refreshed silently. */
export interface TokenSource {
  /**
   * A token that is good for at least `validMilliseconds` (default 30,000) if it can be refreshed, else one that has not
   * ended. Undefined: the gateway asks nobody for one. Throws a CommandError with the exit status `signIn` when there is
   * none.
   */
  token(validMilliseconds?: number): Promise<AccessToken | undefined>;
}
