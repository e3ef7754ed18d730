/** Who may call a gateway without a cluster: issuers and certificates say who somebody is, manifests what they may do. */
import type { Registry } from 'prom-client';
import type { TidegateConfiguration } from '../config/types.ts';
import { Authentication } from '../identity/authentication.ts';
import { alwaysAllow, openAccess } from '../identity/open.ts';
import { RBACAuthorizer } from '../identity/rbac/authorizer.ts';
import type { Policy } from '../identity/rbac/types.ts';
import type { AccessControl } from '../identity/types.ts';
import { isLoopback, parseListenAddress } from '../telemetry/listen-address.ts';
import type { Logger } from '../telemetry/log.ts';

/** How the process was called, as far as it concerns who can reach it. */
export interface Reach {
  readonly listen: string;
  readonly allowAnonymous: boolean;
}

/** ServiceAccount tokens do not count: there is no API server that could vouch for them. */
export function mustAuthenticate({ authentication }: TidegateConfiguration): boolean {
  return authentication.jwt.length > 0 || authentication.x509 !== undefined;
}

/** Why a process that was called so may not serve with this configuration. */
export function accessProblem(config: TidegateConfiguration, { listen, allowAnonymous }: Reach): string | undefined {
  if (mustAuthenticate(config)) {
    if (!allowAnonymous) return undefined;
    return '--allow-anonymous, and authentication in the configuration: callers have to authenticate, so leave the flag out';
  }
  if (allowAnonymous || isLoopback(parseListenAddress(listen))) return undefined;
  return (
    `${listen} can be reached from other machines, and nobody has to authenticate: listen on 127.0.0.1, ` +
    'configure authentication.jwt, or give --allow-anonymous if that is what you want'
  );
}

/** Whether tokens come over the network without TLS. */
export function isInClear(config: TidegateConfiguration, { listen }: Reach): boolean {
  return mustAuthenticate(config) && config.tls === undefined && !isLoopback(parseListenAddress(listen));
}

export class StandaloneAccess {
  readonly authentication: Authentication;
  readonly #authorizer = new RBACAuthorizer({ bindings: [] });
  #isOpen = true;
  #isDecidedByPolicy = false;
  #bindings = 0;

  constructor(options: { readonly log: Logger; readonly registry: Registry }) {
    this.authentication = new Authentication(options);
  }

  /** Without authentication everybody may do everything. */
  configure(config: TidegateConfiguration): AccessControl {
    const named = this.authentication.configure(config.authentication);
    this.#isOpen = !mustAuthenticate(config);
    this.#isDecidedByPolicy = !this.#isOpen && config.authorization.mode === 'RBAC';
    if (this.#isOpen) return openAccess;
    return { ...named, authorizer: this.#isDecidedByPolicy ? this.#authorizer : alwaysAllow };
  }

  /** Why a running process does not take `next` over: nobody is let in by a mistake in a file. */
  lossBy(next: TidegateConfiguration): string | undefined {
    if (this.#isOpen || mustAuthenticate(next)) return undefined;
    return 'authentication.jwt and authentication.x509 are gone, and everybody would be let in: start anew if that is what you want';
  }

  /** What manifests grant; it counts when callers have to authenticate, and `authorization.mode` is RBAC. */
  setPolicy(policy: Policy): void {
    this.#authorizer.setPolicy(policy);
    this.#bindings = policy.bindings.length;
  }

  /** Nobody may do anything: manifests decide, and grant nothing to anybody. */
  get isClosed(): boolean {
    return this.#isDecidedByPolicy && this.#bindings === 0;
  }
}
