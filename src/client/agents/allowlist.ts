/** Which models a provider allows. */

/** Claude Code writes it behind a model to have its long context, and sends the model without it. */
const LONG_CONTEXT = /\[1m\]$/i;

export function withoutContext(model: string): string {
  return model.replace(LONG_CONTEXT, '');
}

/** @param models empty: every model */
export function isAllowed(models: readonly string[], model: string): boolean {
  return models.length === 0 || models.some((allowed) => withoutContext(allowed) === withoutContext(model));
}

/** How many names a line can hold. */
const SHOWN = 12;

/** `a, b, c and 4 more`. */
export function namesOf(models: readonly string[]): string {
  const rest = models.length - SHOWN;
  return models.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${String(rest)} more` : '');
}
