/** The admin server of the commands that serve callers, and what its `/readyz` goes by. */
import type { Registry } from 'prom-client';
import type { Authentication } from '../identity/authentication.ts';
import type { Proxy } from '../proxy/types.ts';
import { startAdminServer, type AdminServer, type CheckResult } from '../telemetry/admin.ts';
import { parseListenAddress } from '../telemetry/listen-address.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import { listenError } from './server-process.ts';

export interface ServingState {
  readonly proxy: Pick<Proxy, 'draining' | 'revision' | 'problems'>;
  /** Why there is no table yet, when there is none. */
  readonly untilTable: string;
  readonly authentication: Pick<Authentication, 'problems'>;
  /** Whether `warmUp` is over. */
  isWarm: boolean;
  /** Undefined: there is no file. */
  configuration: LiveConfiguration | undefined;
}

/** @param state as it is whenever `/readyz` is asked */
export async function startServingAdmin(
  options: { readonly adminListen: string },
  registry: Registry,
  state: ServingState,
): Promise<AdminServer> {
  const listen = parseListenAddress(options.adminListen);
  const ready = (): CheckResult => readiness(state);
  return startAdminServer({ listen, registry, ready }).catch(listenError('--admin-listen', options.adminListen));
}

function readiness({ proxy, untilTable, isWarm, authentication, configuration }: ServingState): CheckResult {
  if (proxy.draining) return { ok: false, reason: 'draining' };
  if (proxy.revision === undefined) return { ok: false, reason: untilTable };
  if (!isWarm) return { ok: false, reason: 'signing keys of issuers are being fetched' };
  const refused = configuration?.problem;
  const problems = refused === undefined ? [] : [`configuration refused: ${refused}`];
  return { ok: true, details: [...problems, ...proxy.problems(), ...authentication.problems()] };
}
