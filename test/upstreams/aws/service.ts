/** One service of a fake AWS: listens on loopback, remembers what it was asked, and fails on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ReceivedRequest } from '../types.ts';
import { readRequest } from './received.ts';

export interface ServiceAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `Down`: connections are reset. `Silent`: nobody answers. `Broken`: 500. */
export type ServiceMood = 'Well' | 'Down' | 'Silent' | 'Broken';

const BROKEN: ServiceAnswer = { status: 500, contentType: 'text/plain', body: 'broken' };

export abstract class FakeService implements AsyncDisposable {
  /** Oldest first. */
  readonly requests: ReceivedRequest[] = [];
  mood: ServiceMood = 'Well';
  /** The moods for the next requests, before {@link FakeService.mood}. */
  readonly moods: ServiceMood[] = [];
  readonly #server: Server | SecureServer;
  readonly #scheme: 'http' | 'https';

  /** `tls`: its certificate and key, in PEM; without it speaks plain HTTP. */
  protected constructor(tls?: { readonly certificate: string; readonly key: string }) {
    const serve = (incoming: IncomingMessage, response: ServerResponse): void => {
      void readRequest(incoming).then((request) => this.#serve(request, response));
    };
    const options = { requestTimeout: 0 };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server =
      tls === undefined
        ? createServer(options, serve)
        : createSecureServer({ ...options, cert: tls.certificate, key: tls.key }, serve);
  }

  protected abstract answer(request: ReceivedRequest): ServiceAnswer | Promise<ServiceAnswer>;

  /** `http://127.0.0.1:<port>`, or with `https`. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  protected async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: ReceivedRequest, response: ServerResponse): Promise<void> {
    this.requests.push(request);
    const mood = this.moods.shift() ?? this.mood;
    if (mood === 'Silent') return;
    if (mood === 'Down') {
      response.socket?.resetAndDestroy();
      return;
    }
    const { status, contentType, headers, body } = mood === 'Broken' ? BROKEN : await this.answer(request);
    if (response.destroyed) return;
    response.writeHead(status, { 'content-type': contentType, ...headers }).end(body);
  }
}

/** What metadata services answer with. https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
export function metadataCredentials(key: {
  readonly accessKeyID: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}): ServiceAnswer {
  return {
    status: 200,
    contentType: 'application/json',
    body: JSON.stringify({
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: key.accessKeyID,
      SecretAccessKey: key.secretAccessKey,
      Token: key.sessionToken,
      Expiration: key.expiration.toISOString(),
    }),
  };
}
