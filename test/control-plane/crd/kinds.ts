/** The kinds whose schemas are tried against the API server. */
import { GUARDRAIL_SCHEMA } from '../../../src/api/generated/guardrail-schema.ts';
import { LLM_PROVIDER_SCHEMA } from '../../../src/api/generated/llmprovider-schema.ts';
import { GUARDRAIL, LLM_PROVIDER, type ResourceKind } from '../../../src/api/group.ts';
import type { StructuralSchema } from '../../../src/api/validation/schema.ts';

export interface TriedKind {
  readonly resource: ResourceKind;
  /** What the offline validator runs on. */
  readonly schema: StructuralSchema;
}

export const LLM_PROVIDERS: TriedKind = { resource: LLM_PROVIDER, schema: LLM_PROVIDER_SCHEMA };
export const GUARDRAILS: TriedKind = { resource: GUARDRAIL, schema: GUARDRAIL_SCHEMA };
