/** What `compile` takes and gives. Keys are `namespace/name`. */
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import type { Reason } from '../api/conditions.ts';
import type { Redacted } from '../redacted.ts';
import type { RoutingTable } from '../table/types.ts';

/** What is known of one referenced Secret. A failed read is `Unreadable`, never `Missing`. */
export type SecretState =
  | { readonly kind: 'Present'; readonly data: ReadonlyMap<string, Redacted> }
  | { readonly kind: 'Missing' }
  | { readonly kind: 'Unreadable'; readonly message: string };

export interface CompileInput {
  /** In any order. Objects come from outside: a broken one yields a verdict, never an exception. */
  readonly providers: readonly LLMProvider[];
  /** Every Secret that {@link referencedSecrets} names for these providers. One that is absent here counts as unreadable. */
  readonly secrets: ReadonlyMap<string, SecretState>;
}

/** What the compile step says of one provider, before any proxy has taken it. */
export interface Verdict {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly outcome:
    | { readonly kind: 'Servable' }
    | { readonly kind: 'Disabled' }
    /** `message` is deterministic, plain English, and never holds a secret. */
    | { readonly kind: 'Broken'; readonly reason: Reason; readonly message: string };
  /** First two names, then `+N`; `all models` for an empty list. */
  readonly modelSummary: string;
}

export interface CompileResult {
  readonly table: RoutingTable;
  /** One per provider, by key. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}
