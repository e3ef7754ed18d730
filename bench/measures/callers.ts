/** Whole answers to callers with tokens: processor time for each request, none of them sent twice. */
import { connectAll } from '../load/client.ts';
import type { Target } from '../target.ts';

/** Sends each of `requests` once, over `connections`; microseconds of user and system time for each. */
export async function measureOnce(target: Target, connections: number, requests: readonly Buffer[]): Promise<number> {
  const clients = await connectAll(target.port, connections);
  const drained = Promise.withResolvers<void>();
  let sent = 0;
  let answered = 0;
  try {
    const before = target.process?.cpuSeconds() ?? Number.NaN;
    for (const client of clients) {
      const send = (): void => {
        const bytes = requests[sent];
        if (bytes === undefined) return;
        sent += 1;
        client.socket.write(bytes);
      };
      client.onFailure = (error) => drained.reject(new Error(`${target.name}: ${error.message}`, { cause: error }));
      client.onEnd = () => {
        answered += 1;
        if (answered === requests.length) drained.resolve();
        else send();
      };
      send();
    }
    await drained.promise;
    return (((target.process?.cpuSeconds() ?? Number.NaN) - before) * 1e6) / requests.length;
  } finally {
    for (const client of clients) client.close();
  }
}
