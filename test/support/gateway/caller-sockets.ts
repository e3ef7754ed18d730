/** What the kernel knows of the gateway's connections. */
import { readFileSync } from 'node:fs';

/** States of /proc/net/tcp: established, and closed by the other side only. */
const OPEN = new Set(['01', '08']);

/** Connections of callers that the process listening at `url` has not closed yet. */
export function callerSockets(url: string): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[1]?.endsWith(`:${port}`) && OPEN.has(row[3] ?? '')).length;
}
