/** Authentication of callers with a clock of the test's own, set up in one line. */
import { Registry } from 'prom-client';
import type { AuthenticationConfiguration, JWTConfiguration } from '../../../src/config/types.ts';
import { Authentication } from '../../../src/identity/authentication.ts';
import type { AuthenticationOptions } from '../../../src/identity/authentication.ts';
import type { Clock } from '../../../src/identity/clock.ts';
import type { AuthenticationVerdict, Authenticator, ClientCertificate } from '../../../src/identity/types.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

export const AUDIENCE = 'https://gateway.example.com';
/** Whole seconds, so that times in tokens are exact. */
export const NOW = Date.parse('2026-06-01T12:00:00Z');

/** Claims of a token that is accepted; members that are undefined are not in it. */
export function claimsOf(issuer: { readonly url: string }, members: Readonly<Record<string, unknown>> = {}): object {
  return { iss: issuer.url, aud: AUDIENCE, sub: 'ada', exp: NOW / 1000 + 3600, ...members };
}

/** Time that goes on only when a test says so. */
export class ManualClock implements Clock {
  time = NOW;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  readonly now = (): number => this.time;
  readonly schedule = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.time + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Milliseconds from now of every timer, the next one first. */
  get due(): readonly number[] {
    return [...this.#timers].map(({ at }) => at - this.time).sort((a, b) => a - b);
  }

  advance(ms: number): void {
    this.time += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.time && this.#timers.delete(timer)) timer.callback();
    }
  }
}

/** An entry of `authentication.jwt` as the configuration's defaults leave it. */
export function trusted(url: string, members: Partial<JWTConfiguration> & { ca?: string } = {}): JWTConfiguration {
  const { ca, ...rest } = members;
  return {
    issuer: {
      url,
      audiences: [AUDIENCE],
      audienceMatchPolicy: 'MatchAny',
      ...(ca === undefined ? {} : { certificateAuthority: ca }),
    },
    tokenTypes: ['AccessToken'],
    claimMappings: { username: { claim: 'sub', prefix: '' } },
    claimValidationRules: [],
    ...rest,
  };
}

export function configuration(members: Partial<AuthenticationConfiguration> = {}): AuthenticationConfiguration {
  return {
    jwt: [],
    serviceAccountTokens: { enabled: true, audiences: ['tidegate'] },
    graceSeconds: 600,
    keyGraceSeconds: 86_400,
    ...members,
  };
}

export interface Gateway extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly authentication: Authentication;
  readonly registry: Registry;
  readonly logged: readonly string[];
  authenticator: Authenticator;
  ask(credential: string | undefined, certificate?: ClientCertificate): Promise<AuthenticationVerdict>;
  /** Sum of a metric over the series that have these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

/** Its keys have been fetched, or could not be. */
export async function gatewayOf(
  config: Partial<AuthenticationConfiguration>,
  options: Partial<AuthenticationOptions> = {},
): Promise<Gateway> {
  const gateway = coldGatewayOf(config, options);
  await gateway.authentication.warmed();
  return gateway;
}

/** The same while its keys are being fetched. */
export function coldGatewayOf(
  config: Partial<AuthenticationConfiguration>,
  options: Partial<AuthenticationOptions> = {},
): Gateway {
  const clock = new ManualClock();
  const registry = new Registry();
  const logged: string[] = [];
  const log = createLogger({ level: 'debug', destination: { write: (line: string) => void logged.push(line) } });
  const authentication = new Authentication({ log, registry, now: clock.now, schedule: clock.schedule, ...options });
  const gateway: Gateway = {
    clock,
    authentication,
    registry,
    logged,
    authenticator: authentication.configure(configuration(config)).authenticator,
    ask: async (credential, certificate) => gateway.authenticator.authenticate(credential, certificate),
    metric: async (name, labels = {}) => {
      const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
      return values
        .filter((value) => Object.entries(labels).every(([label, text]) => value.labels[label] === text))
        .reduce((sum, { value }) => sum + value, 0);
    },
    [Symbol.asyncDispose]: async () => authentication.close(),
  };
  return gateway;
}
