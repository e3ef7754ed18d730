/**
 * `GET /llm/v1/providers` and `…/providers/<name>`: what the caller may `get`, as this proxy serves it. Never a secret,
 * and of an upstream nothing but the models.
 */
import {
  REASON_ACTIVE,
  REASON_DISABLED,
  REASON_SECRET_NOT_FOUND,
  type ConditionStatus,
  type ConditionType,
} from '../api/conditions.ts';
import type { AccessControl, AuthorizationVerdict, Identity } from '../identity/types.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { ModelPricing, ProviderEntry } from '../table/types.ts';
import type { Providers } from './providers.ts';
import type { Rejection } from './refusal.ts';
import type { UnservedProvider } from './types.ts';

/** Questions to the authorizer that are open at the same time for one list. */
const CONCURRENCY = 16;

export interface DescriptionSource {
  readonly providers: Providers;
  readonly access: Pick<AccessControl, 'authorizer'>;
  readonly prices: PriceBook;
  readonly defaultNamespace: string;
  readonly publicURL: string | undefined;
}

/** A provider as callers see it. */
export interface ProviderDescription {
  readonly name: string;
  readonly namespace: string;
  readonly type?: string;
  readonly displayName?: string;
  readonly enabled?: boolean;
  readonly auth?: { readonly mode: 'APIKey' | 'Passthrough' | 'AWS' | 'None' };
  /** Empty: every model. */
  readonly models?: readonly DescribedModel[];
  /** Where API calls go: absolute when the gateway knows its public URL, else a path. */
  readonly url?: string;
  readonly conditions: readonly DescribedCondition[];
}

/** A model of the allowlist and what it costs here. */
interface DescribedModel {
  readonly name: string;
  /**
   * USD per 1,000,000 tokens at the standard service tier, with a prompt below the first step of a long context's. A field
   * that is absent has no price.
   */
  readonly pricing?: ModelPricing;
  /** Fields of `pricing` that `spec.models[].pricing` says; the others are the price list's or the catalog's. */
  readonly overridden?: readonly (keyof ModelPricing)[];
  /** Present when nothing of it has a price: what it uses is counted as unpriced, not as free. */
  readonly unpriced?: true;
}

interface DescribedCondition {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly observedGeneration: number;
  readonly reason: string;
  readonly message: string;
}

interface Described {
  readonly name: string;
  /** Only for those who may get it: prices of thousands of models take their time. */
  readonly description: () => ProviderDescription;
}

/** The answer's JSON, or why there is none. `name` undefined: a list of all in the namespace. */
export async function describe(
  source: DescriptionSource,
  { namespace, name }: { readonly namespace: string; readonly name: string | undefined },
  identity: Identity,
): Promise<Buffer | Rejection> {
  const may = async (provider: string): Promise<AuthorizationVerdict> =>
    source.access.authorizer.authorize(identity, 'get', namespace, provider);
  const known = allIn(source, namespace);
  if (name === undefined) return listed(known, may);
  const found = known.find((provider) => provider.name === name);
  if (found === undefined) {
    return { code: 'ProviderNotFound', message: `There is no provider "${name}" in the namespace "${namespace}".` };
  }
  const refused = rejectionOf(await may(name));
  return refused ?? json(found.description());
}

function allIn(source: DescriptionSource, namespace: string): readonly Described[] {
  const { providers } = source;
  return [
    ...providers.inNamespace(namespace).map((entry) => ({
      name: entry.name,
      description: () => ofEntry(source, entry),
    })),
    ...providers.unservedInNamespace(namespace).map((one) => ({ name: one.name, description: () => ofUnserved(one) })),
  ];
}

/** Only what the caller may get; an authority that cannot be asked fails the whole list, it does not shorten it. */
async function listed(
  known: readonly Described[],
  may: (provider: string) => Promise<AuthorizationVerdict>,
): Promise<Buffer | Rejection> {
  const allowed: ProviderDescription[] = [];
  for (let from = 0; from < known.length; from += CONCURRENCY) {
    const batch = known.slice(from, from + CONCURRENCY);
    const verdicts = await Promise.all(batch.map(({ name }) => may(name)));
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict.kind === 'Unavailable') return { code: 'IdentityUnavailable', message: verdict.message };
      const described = batch[i];
      if (verdict.kind === 'Allowed' && described !== undefined) allowed.push(described.description());
    }
  }
  return json({ providers: allowed });
}

function rejectionOf(verdict: AuthorizationVerdict): Rejection | undefined {
  if (verdict.kind === 'Denied') return { code: 'Forbidden', message: verdict.message };
  if (verdict.kind === 'Unavailable') return { code: 'IdentityUnavailable', message: verdict.message };
  return undefined;
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

function ofModel(prices: PriceBook, entry: ProviderEntry, name: string): DescribedModel {
  const { pricing, overridden } = prices.describe(entry, name);
  if (Object.keys(pricing).length === 0) return { name, unpriced: true };
  return { name, pricing, ...(overridden.length === 0 ? {} : { overridden }) };
}

function ofEntry(
  { prices, defaultNamespace, publicURL }: DescriptionSource,
  entry: ProviderEntry,
): ProviderDescription {
  const { namespace, name, type, displayName, enabled, models } = entry;
  const path = namespace === defaultNamespace ? `providers/${name}` : `namespaces/${namespace}/providers/${name}`;
  return {
    name,
    namespace,
    type,
    displayName,
    enabled,
    auth: { mode: authMode(entry) },
    models: models.map((model) => ofModel(prices, entry, model.name)),
    url: `${publicURL ?? ''}/llm/v1/${path}`,
    conditions: conditionsOf(entry),
  };
}

function authMode({ availability, credential, type }: ProviderEntry): NonNullable<ProviderDescription['auth']>['mode'] {
  if (availability.state === 'Available') return credential.kind;
  // What is unavailable is so for want of its key.
  return type === 'Bedrock' ? 'AWS' : 'APIKey';
}

function conditionsOf({ enabled, availability, generation }: ProviderEntry): readonly DescribedCondition[] {
  const condition = (type: ConditionType, isTrue: boolean, reason: string, message: string): DescribedCondition => ({
    type,
    status: isTrue ? 'True' : 'False',
    observedGeneration: generation,
    reason,
    message,
  });
  if (!enabled) {
    const message = '`spec.enabled` is false, requests are refused';
    return [condition('Ready', true, REASON_DISABLED, message), condition('Active', false, REASON_DISABLED, message)];
  }
  if (availability.state === 'Available') {
    const message = 'Requests are served';
    return [condition('Ready', true, REASON_ACTIVE, message), condition('Active', true, REASON_ACTIVE, message)];
  }
  const { reason, message } = availability;
  return [
    condition('Ready', false, reason, message),
    condition('Active', false, reason, message),
    ...(reason === REASON_SECRET_NOT_FOUND ? [condition('SecretNotFound', true, reason, message)] : []),
  ];
}

function ofUnserved({ namespace, name, generation, reason, message }: UnservedProvider): ProviderDescription {
  const condition = { status: 'False', observedGeneration: generation, reason, message } as const;
  return {
    name,
    namespace,
    conditions: [
      { type: 'Ready', ...condition },
      { type: 'Active', ...condition },
    ],
  };
}
