import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import type { CompileResult } from '../compile/types.ts';
import type { Policy } from '../identity/rbac/types.ts';
import type { Logger } from '../telemetry/log.ts';

/** Something wrong with a manifest, at the place where a person mends it. */
export interface Problem {
  /** An error keeps the document out of force; a warning does not. */
  readonly severity: 'error' | 'warning';
  /** Path as given: below the directory that is watched, or as named on the command line. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly object?: ObjectName;
  /** In the API server's words where it has some. Never holds a secret. */
  readonly message: string;
}

export interface ObjectName {
  readonly kind: string;
  /** Empty: its kind is in no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** What one reading of the directory came to. */
export interface ManifestResult {
  /** Providers in force, defaults applied, with `metadata.generation` kept over reloads. Sorted by namespace and name. */
  readonly providers: readonly LLMProvider[];
  /** Guardrails in force, in the same manner. */
  readonly guardrails: readonly Guardrail[];
  readonly compile: CompileResult;
  /** What the Roles and their bindings among the manifests grant. */
  readonly policy: Policy;
  /** Sorted by file, line and column. */
  readonly problems: readonly Problem[];
}

/** What a catalog makes of all files: with what it had no use for. */
export interface CatalogResult extends ManifestResult {
  /** Objects of kinds that the gateway does not read. */
  readonly ignored: readonly ObjectName[];
}

export interface WatchOptions {
  readonly directory: string;
  /** Variables for `${NAME}` in `stringData` of Secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Called once before {@link watchManifests} resolves, then whenever something has changed. */
  readonly onResult: (result: ManifestResult) => void;
}
