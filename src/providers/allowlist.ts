import type { ProviderEntry } from '../table/types.ts';

/** Agent CLIs mark a long context window by this suffix, which upstreams do not know. */
const CONTEXT_SUFFIX = '[1m]';

/** A model's name without the suffix that the comparison ignores. */
export function comparableModel(name: string): string {
  return name.endsWith(CONTEXT_SUFFIX) ? name.slice(0, -CONTEXT_SUFFIX.length) : name;
}

/** Whether the entry restricts its models at all. */
export function hasAllowlist(entry: ProviderEntry): boolean {
  return entry.models.length > 0;
}

const sets = new WeakMap<ProviderEntry['models'], ReadonlySet<string>>();

function comparableNames(models: ProviderEntry['models']): ReadonlySet<string> {
  let names = sets.get(models);
  if (names === undefined) {
    names = new Set(models.map((model) => comparableModel(model.name)));
    sets.set(models, names);
  }
  return names;
}

/** Whether `model` may be called: the entry has no allowlist, or it names the model exactly, a trailing `[1m]` aside. */
export function isModelAllowed(entry: ProviderEntry, model: string): boolean {
  return entry.models.length === 0 || comparableNames(entry.models).has(comparableModel(model));
}
