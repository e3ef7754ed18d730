/** What `compile` takes and gives. Keys are `namespace/name`. */
import type { Reason } from '../api/conditions.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import type { Redacted } from '../redacted.ts';
import type { GuardrailEntry, RoutingTable } from '../table/types.ts';

/** What is known of one referenced Secret. A failed read is `Unreadable`, never `Missing`. */
export type SecretState =
  | { readonly kind: 'Present'; readonly data: ReadonlyMap<string, Redacted> }
  | { readonly kind: 'Missing' }
  | { readonly kind: 'Unreadable'; readonly message: string };

export interface CompileInput {
  /** In any order. Objects come from outside: a broken one yields a verdict, never an exception. */
  readonly providers: readonly LLMProvider[];
  /** In any order; as broken as they come. */
  readonly guardrails: readonly Guardrail[];
  /**
   * Why nothing is known of a Guardrail, by key, that is not among `guardrails`: a failed read is never taken for one that
   * is missing. Undefined: there is no such Guardrail. Absent: all that there are were given.
   */
  readonly unreadableGuardrail?: (key: string) => string | undefined;
  /**
   * The Guardrails of the table that is published, which a new one has to share its room with. Absent: the table is not
   * published, and has room for all.
   */
  readonly publishedGuardrails?: readonly GuardrailEntry[];
  /** Keys of the Guardrails of providers that stay in the table as they were published, since they can't be read now. */
  readonly keptReferences?: ReadonlySet<string>;
  /** Every Secret that {@link referencedSecrets} names for these objects. One that is absent here counts as unreadable. */
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
  /** Everything that is wrong with what a broken one refers to, of which `outcome` tells the first. Absent: nothing else is. */
  readonly problems?: readonly { readonly reason: Reason; readonly message: string }[];
  /** First two names, then `+N`; `all models` for an empty list. */
  readonly modelSummary: string;
}

/** What the compile step says of one Guardrail. It is Ready when its spec can be enforced and its own tests pass. */
export interface GuardrailVerdict {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly outcome:
    | { readonly kind: 'Ready' }
    /** `message` is deterministic, plain English, and quotes no more than the Guardrail's own tests. */
    | { readonly kind: 'Broken'; readonly reason: Reason; readonly message: string };
  /** Everything that is wrong, each where it is in the object; empty when it is Ready, and where no place can be named. */
  readonly problems: readonly GuardrailProblem[];
  /** What proxies are given of it; there when it is Ready. */
  readonly entry: GuardrailEntry | undefined;
  /** For example `12/12`; undefined without tests, and when the spec cannot be enforced. */
  readonly testsPassed: string | undefined;
  /** Providers that refer to it, enabled or not, served or not. */
  readonly usedBy: number;
}

export interface GuardrailProblem {
  /** From the object's root, for example `['spec', 'tests', 2]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface CompileResult {
  readonly table: RoutingTable;
  /** One per provider, by key. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** One per Guardrail, by key. */
  readonly guardrails: ReadonlyMap<string, GuardrailVerdict>;
}
