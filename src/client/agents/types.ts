/** What an agent is started with. */
import type { ProviderType } from '../../api/generated/llmprovider.ts';
import type { AccessToken } from '../types.ts';

export type AgentName = 'claude' | 'codex' | 'gemini';

/** The provider that an agent is to work with, as far as the caller may know it. */
export interface Target {
  readonly name: string;
  /** Where its API is, without a version segment and without a trailing slash. */
  readonly url: string;
  /** Undefined: the caller may not `get` it, so that nothing but its name is known. */
  readonly known: KnownTarget | undefined;
}

export interface KnownTarget {
  readonly type: ProviderType;
  /** The caller's own credential for the upstream is passed on. */
  readonly isPassthrough: boolean;
  /** The allowlist; empty: every model. */
  readonly models: readonly string[];
}

/** What a plan is made of. */
export interface PlanInput<Flags> {
  readonly target: Target;
  readonly flags: Flags;
  /** The environment that the command was called in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Arguments of the agent's own, in their order. */
  readonly agentArguments: readonly string[];
  /** Undefined: the gateway asks nobody for one. */
  readonly token: AccessToken | undefined;
  /** The program and its arguments that write a fresh token to stdout. */
  readonly tokenCommand: readonly string[];
  /** File with the CA of the gateway, PEM, absolute; undefined: those that the system trusts. */
  readonly certificateAuthority: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What to start, and how. */
export interface LaunchPlan {
  readonly arguments: readonly string[];
  /** Put over the environment that the command was called in; undefined takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** To write into the session's throw-away directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Things that the person should know, each one line. */
  readonly warnings: readonly string[];
}
