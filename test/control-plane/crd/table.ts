import type { Connection } from '../../support/control-plane/index.ts';

/** Header and rows of the table of `kubectl get`, split at its columns; an empty cell leaves no trace. */
export async function tableOf(cluster: Connection, namespace: string, ...args: string[]): Promise<string[][]> {
  const text = await cluster.kubectl('get', '-n', namespace, ...args);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
}
