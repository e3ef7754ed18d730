/**
 * Leases and Events in memory, with just the API's rules for them that clients rely on: names, resourceVersions,
 * conflicts, MicroTime. What the real API server does is tested in test/control-plane.
 */
import { KubeError } from '../../../src/kube/errors.ts';
import type { KubeObject, KubeRequest, KubeResponse, Transport } from '../../../src/kube/types.ts';

type Stored = KubeObject & Record<string, unknown>;

export class MemoryApi implements Transport {
  readonly objects = new Map<string, Stored>();
  readonly requests: KubeRequest[] = [];
  /** Called before each request; what it throws or rejects with, the request fails with. */
  intercept: (request: KubeRequest) => void | Promise<void> = () => {};
  #version = 0;

  async request<T>(request: KubeRequest): Promise<KubeResponse<T>> {
    this.requests.push(request);
    await this.intercept(request);
    if (request.signal?.aborted === true) throw new KubeError({ code: 'Aborted', message: 'aborted' });
    return { status: 200, headers: {}, body: this.#answer(request) as T };
  }

  stream(): Promise<never> {
    return Promise.reject(new Error('not used'));
  }

  async close(): Promise<void> {}

  /** Requests by method, such as `['POST', 'PUT']`. */
  get methods(): string[] {
    return this.requests.map(({ method = 'GET' }) => method);
  }

  #answer({ method = 'GET', path, body }: KubeRequest): Stored | undefined {
    const sent = structuredClone(body) as Stored;
    if (method === 'POST') {
      const name = `${path}/${sent.metadata.name}`;
      if (this.objects.has(name)) throw refusal(409, 'AlreadyExists');
      return this.#store(name, sent);
    }
    const found = this.objects.get(path);
    if (found === undefined) throw refusal(404, 'NotFound');
    if (method === 'GET') return structuredClone(found);
    if (method === 'DELETE') {
      this.objects.delete(path);
      return undefined;
    }
    if (method === 'PATCH') return this.#store(path, { ...found, ...sent });
    const { resourceVersion } = sent.metadata;
    if (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion)
      throw refusal(409, 'Conflict');
    return this.#store(path, sent);
  }

  #store(name: string, object: Stored): Stored {
    for (const time of JSON.stringify(object).matchAll(/"\w+Time":"([^"]+)"/g)) {
      if (!/\.\d{6}Z$/.test(time[1] ?? '')) throw refusal(400, 'BadRequest');
    }
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.objects.set(name, stored);
    return structuredClone(stored);
  }
}

export function refusal(code: number, reason: string): KubeError {
  return KubeError.fromStatus(code, { reason, code }, 'test');
}
