/**
 * Authentication as the configuration says, replaced whole when that changes: tokens of issuers, ServiceAccount tokens,
 * client certificates.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Registry } from 'prom-client';
import type { AuthenticationConfiguration, JWTConfiguration } from '../config/types.ts';
import type { Logger } from '../telemetry/log.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { CredentialRouter } from './credential-router.ts';
import { expectedCredentials } from './expected.ts';
import { IssuerKeys } from './jwt/issuer-keys.ts';
import { JWTVerifier } from './jwt/verifier.ts';
import { createIdentityMetrics, forgetIssuer } from './metrics.ts';
import type { IdentityMetrics } from './metrics.ts';
import { noAuthenticator } from './open.ts';
import { sharedNames } from './shared-names.ts';
import type { AuthenticationMethods, Authenticator, CachingAuthenticator } from './types.ts';

export interface AuthenticationOptions {
  readonly log: Logger;
  readonly registry: Registry;
  /** Who reviews ServiceAccount tokens. Undefined: no cluster. Its refusals need not say what to send. */
  readonly serviceAccounts?: (config: AuthenticationConfiguration) => CachingAuthenticator;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Timers; default: Node's, which keep no process alive. */
  readonly schedule?: Clock['schedule'];
}

/** What a configuration comes to. */
export interface Configured {
  readonly authenticator: Authenticator;
  readonly methods: AuthenticationMethods;
}

interface Issuer {
  readonly configuration: JWTConfiguration['issuer'];
  readonly keys: IssuerKeys;
}

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #clock: Clock;
  readonly #metrics: IdentityMetrics;
  /** By URL. */
  #issuers: ReadonlyMap<string, Issuer> = new Map();
  #router: CredentialRouter | undefined;
  #current: { readonly config: AuthenticationConfiguration; readonly configured: Configured } | undefined;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#clock = { now: options.now ?? systemClock.now, schedule: options.schedule ?? systemClock.schedule };
    this.#metrics = createIdentityMetrics(
      options.registry,
      () => this.#router?.cachedVerdicts ?? { accepted: 0, refused: 0 },
    );
  }

  /**
   * Replaces everything; issuers whose configuration is unchanged keep their keys, and when all of it is unchanged the
   * verdicts stay as well. Fetches keys of new issuers in the background.
   */
  configure(config: AuthenticationConfiguration): Configured {
    if (this.#current === undefined || !isDeepStrictEqual(this.#current.config, config)) {
      this.#current = { config, configured: this.#configure(config) };
    }
    return this.#current.configured;
  }

  /** When the keys of every issuer have been fetched, or could not be, once. */
  async warmed(): Promise<void> {
    await Promise.all([...this.#issuers.values()].map(async ({ keys }) => keys.warmed));
  }

  /** A line for each issuer whose keys could not be fetched when that was last tried. */
  problems(): readonly string[] {
    return [...this.#issuers].flatMap(([url, { keys }]) =>
      keys.problem === undefined ? [] : [`the signing keys of ${url} could not be fetched: ${keys.problem}`],
    );
  }

  /** Ends timers and fetches. */
  async close(): Promise<void> {
    this.#current = undefined;
    this.#replaceIssuers([]);
    await Promise.all(this.#closing);
  }

  #configure(config: AuthenticationConfiguration): Configured {
    const { serviceAccounts } = this.#options;
    const reviewed = config.serviceAccountTokens.enabled ? serviceAccounts : undefined;
    this.#replaceIssuers(config.jwt);
    for (const shared of sharedNames(config.jwt)) {
      this.#options.log.warn(shared, 'issuers can name users or groups of each other: give each a prefix of its own');
    }
    const methods: AuthenticationMethods = {
      anonymous: false,
      jwt: config.jwt.map((configuration) => this.#method(configuration)),
      serviceAccountTokens: reviewed === undefined ? undefined : { audiences: config.serviceAccountTokens.audiences },
      x509: config.x509 !== undefined,
    };
    if (config.jwt.length === 0 && reviewed === undefined && config.x509 === undefined) {
      this.#router = undefined;
      return { authenticator: noAuthenticator, methods };
    }
    const expected = expectedCredentials(methods);
    this.#router = new CredentialRouter({
      verifiers: this.#verifiers(config),
      serviceAccounts: reviewed?.(config),
      x509: config.x509,
      expected,
      clock: this.#clock,
      metrics: this.#metrics,
    });
    return { authenticator: this.#router, methods };
  }

  #method({ issuer, tokenTypes, login }: JWTConfiguration): AuthenticationMethods['jwt'][number] {
    const keys = this.#issuers.get(issuer.url)?.keys;
    return {
      issuer: issuer.url,
      audiences: issuer.audiences,
      tokenTypes,
      get grantTypes() {
        return keys?.grantTypes;
      },
      login,
    };
  }

  #replaceIssuers(jwt: readonly JWTConfiguration[]): void {
    const { log } = this.#options;
    const before = this.#issuers;
    const next = new Map<string, Issuer>();
    for (const { issuer: configuration } of jwt) {
      const same = before.get(configuration.url);
      const keep = same !== undefined && haveSameKeys(same.configuration, configuration);
      const options = { issuer: configuration, clock: this.#clock, log, metrics: this.#metrics };
      next.set(configuration.url, keep ? same : { configuration, keys: new IssuerKeys(options) });
    }
    for (const [url, issuer] of before) {
      if (next.get(url) === issuer) continue;
      const closing = issuer.keys.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
      if (!next.has(url)) forgetIssuer(this.#metrics, url);
    }
    this.#issuers = next;
  }

  #verifiers({ jwt, keyGraceSeconds }: AuthenticationConfiguration): ReadonlyMap<string, JWTVerifier> {
    const verifiers = new Map<string, JWTVerifier>();
    for (const configuration of jwt) {
      const keys = this.#issuers.get(configuration.issuer.url)?.keys;
      if (keys === undefined) continue;
      const options = { configuration, keys, keyGraceMs: keyGraceSeconds * 1000, clock: this.#clock };
      verifiers.set(configuration.issuer.url, new JWTVerifier(options));
    }
    return verifiers;
  }
}

/** Whom a token is for has nothing to do with who signed it. */
function haveSameKeys(a: JWTConfiguration['issuer'], b: JWTConfiguration['issuer']): boolean {
  return a.url === b.url && a.discoveryURL === b.discoveryURL && a.certificateAuthority === b.certificateAuthority;
}
