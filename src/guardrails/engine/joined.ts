/**
 * Two texts as one whose code units stand side by side: `+` makes a rope of them, which the first look flattens and every
 * look after it has to see through.
 */
export function joined(before: string, after: string): string {
  if (before === '') return after;
  return after === '' ? before : [before, after].join('');
}
