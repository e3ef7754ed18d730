/** Distinct models that one request may name: more than any does, and few enough to be kept. */
const MAX_MODELS = 1000;

/**
 * Adds `name` to `models` unless it is there: a body may name one model a million times. False: there are too many, which
 * no request needs.
 */
export function addModel(models: Set<string>, name: string): boolean {
  if (models.size >= MAX_MODELS && !models.has(name)) return false;
  models.add(name);
  return true;
}

export const TOO_MANY_MODELS = `more than ${MAX_MODELS} models are named`;
