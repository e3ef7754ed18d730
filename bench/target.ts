/** Something that takes chat calls: the upstream itself, a reference, or the gateway. */
import type { Measured } from './process.ts';

/** Where to call it. */
export interface Address {
  readonly port: number;
  /** Path in front of `/chat/completions`. */
  readonly basePath: string;
  readonly token: string;
}

/** A target with a name in the report and, unless it is the upstream itself, a process to look at. */
export interface Target extends Address {
  readonly name: string;
  readonly process: Measured | undefined;
  /** Of the gateway: where its metrics are. */
  readonly adminPort?: number;
  stop(): Promise<void>;
}

/** True once a chat call is answered with 200. */
export async function serves(address: Address): Promise<true | undefined> {
  return (await statusOf(address)) === 200 ? true : undefined;
}

/** Status of a chat call on a connection of its own; undefined when nobody answers. */
export async function statusOf({ port, basePath, token }: Address, model = 'gpt-4o'): Promise<number | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${basePath}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, connection: 'close' },
      body: JSON.stringify({ model, messages: [] }),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}
