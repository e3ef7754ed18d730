/**
 * Long computations take turns with everything else that the event loop does: of all that wait, one goes on per round of
 * the loop, in the order in which they asked.
 */
const waiting: (() => void)[] = [];

/** Resolves when it is the caller's turn to compute for some milliseconds. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(next);
  });
}

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(next);
}
