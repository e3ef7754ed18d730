/** An API server in memory for the operator's rooms: lists and objects by path, watches that stay silent, applies. */
import { KubeError } from '../../../src/kube/errors.ts';
import type {
  KubeObject,
  KubeRequest,
  KubeResponse,
  StreamRequest,
  StreamResponse,
  Transport,
} from '../../../src/kube/types.ts';

type Stored = KubeObject & Record<string, unknown>;

export class MemoryCluster implements Transport {
  /** By path. */
  readonly objects = new Map<string, Stored>();
  readonly requests: KubeRequest[] = [];
  /** Called before each request; what it throws or rejects with, the request fails with. */
  intercept: (request: KubeRequest) => void | Promise<void> = () => {};
  #version = 0;

  /** Makes or changes an object, as somebody else does. */
  put(path: string, object: Record<string, unknown> & { metadata: KubeObject['metadata'] }): Stored {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.objects.set(path, stored);
    return stored;
  }

  async request<T>(request: KubeRequest): Promise<KubeResponse<T>> {
    this.requests.push(request);
    await this.intercept(request);
    if (request.signal?.aborted === true) throw new KubeError({ code: 'Aborted', message: 'aborted' });
    return { status: 200, headers: {}, body: this.#answer(request) as T };
  }

  /** Opens and never says anything, as a connection does whose other end is gone. */
  async stream({ signal }: StreamRequest): Promise<StreamResponse> {
    async function* silence(): AsyncGenerator<Uint8Array> {
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
      yield* [];
    }
    return { status: 200, headers: {}, body: silence() };
  }

  async close(): Promise<void> {}

  /** Requests of this method. */
  count(method: string): number {
    return this.requests.filter((request) => (request.method ?? 'GET') === method).length;
  }

  #answer({ method = 'GET', path, body }: KubeRequest): unknown {
    const found = this.objects.get(path);
    if (method === 'PATCH') {
      const sent = structuredClone(body) as Stored;
      return this.put(path, { ...found, ...sent, metadata: { ...found?.metadata, ...sent.metadata } });
    }
    if (method === 'POST' || method === 'PUT') {
      const sent = structuredClone(body) as Stored;
      return this.put(method === 'PUT' ? path : `${path}/${sent.metadata.name ?? ''}`, sent);
    }
    if (found !== undefined) {
      if (method === 'DELETE') this.objects.delete(path);
      return structuredClone(found);
    }
    if (/\/(secrets|leases|llmproviders|guardrails)$/.test(path)) {
      const items = [...this.objects].flatMap(([key, object]) => (key.startsWith(`${path}/`) ? [object] : []));
      return { metadata: { resourceVersion: String(this.#version + 1) }, items: structuredClone(items) };
    }
    throw new KubeError({ code: 'NotFound', status: 404, message: `${path} is not there` });
  }
}
