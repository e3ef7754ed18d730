/** Plain requests to the API server with the administrator's certificate, to see its answers unabridged. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { ResourceKind } from '../../../src/api/group.ts';
import type { Connection } from '../../support/control-plane/index.ts';

interface Status {
  readonly message: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message: string }[] };
}

const STRICT = 'strict decoding error: ';

/** Creates, replaces and deletes objects of one collection. */
export class CollectionClient {
  readonly #agent: Agent;
  readonly #collection: string;

  /** `path`: of the collection, from `/api` on. */
  constructor({ details }: Connection, path: string) {
    const [ca, cert, key] = [details.caFile, details.adminCertificate, details.adminKey].map((file) =>
      readFileSync(file, 'utf8'),
    );
    this.#agent = new Agent({ connect: { ca: ca ?? '', cert: cert ?? '', key: key ?? '' } });
    this.#collection = details.server + path;
  }

  /** Field errors of a create; empty when it was accepted. A dry run stores nothing. */
  async create(object: object, { dryRun = false } = {}): Promise<string[]> {
    return this.#send('POST', dryRun ? '?dryRun=All&' : '?', object);
  }

  /** Field errors of an update to exactly this spec. */
  async replace(name: string, object: { metadata?: unknown }): Promise<string[]> {
    const { body } = await this.#request('GET', `/${name}`);
    const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
    return this.#send('PUT', `/${name}?`, { ...object, metadata: { ...(object.metadata as object), resourceVersion } });
  }

  async delete(name: string): Promise<void> {
    await this.#request('DELETE', `/${name}`);
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #send(method: 'POST' | 'PUT', path: string, object: object): Promise<string[]> {
    const { statusCode, body } = await this.#request(method, `${path}fieldValidation=Strict`, object);
    if (statusCode < 300) return [];
    const status = body as Status;
    const strict = status.message.indexOf(STRICT);
    if (strict >= 0) return status.message.slice(strict + STRICT.length).split(', ');
    const causes = status.details?.causes;
    if (causes === undefined) throw new Error(status.message);
    return causes.map(({ field, message }) => `${field ?? ''}: ${message}`);
  }

  async #request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    object?: object,
  ): Promise<{ statusCode: number; body: unknown }> {
    const answer = await request(this.#collection + path, {
      method,
      dispatcher: this.#agent,
      ...(object === undefined
        ? {}
        : { body: JSON.stringify(object), headers: { 'content-type': 'application/json' } }),
    });
    return { statusCode: answer.statusCode, body: await answer.body.json() };
  }
}

/** The same for objects of a custom kind. */
export class CustomResourceClient extends CollectionClient {
  constructor(connection: Connection, namespace: string, { group, version, plural }: ResourceKind) {
    super(connection, `/apis/${group}/${version}/namespaces/${namespace}/${plural}`);
  }
}
