/**
 * `POST /llm/v1/connection-tests`: whether a provider can be reached with its credentials. Takes the body, and lets those
 * test who may call; the call is made by {@link ProviderTest}.
 */
import type { Identity } from '../../identity/types.ts';
import type { Operation } from '../../providers/wire.ts';
import type { MeteredUsage } from '../../usage/record.ts';
import { admitModel, admitProvider, tooLarge } from '../admit.ts';
import type { ProxyContext } from '../context.ts';
import { certificateOf, credentialOf } from '../credential.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ProviderState } from '../providers.ts';
import type { Rejection } from '../refusal.ts';
import type { RequestHead } from '../request-head.ts';
import type { RequestWork, UpstreamTimes } from '../work.ts';
import { ProviderTest } from './provider-test.ts';
import { parseBody, MAX_BODY_BYTES } from './request-body.ts';
import type { ConnectionTestRequest } from './request-body.ts';

/** Tests of one provider at a time: a test is made by people, and must not be a way around anything. */
const TESTS_AT_A_TIME = 2;

/** Who a test tells what becomes of it. */
export interface TestOwner {
  readonly exchange: Exchange;
  /** The client gets a refusal, unless it has been answered. */
  refuse(rejection: Rejection): void;
  /** The client gets this answer, unless it has been answered. */
  answer(status: number, headers: string[], body: Buffer): void;
  /** Which provider it is about. */
  found(provider: ProviderState): void;
  /** The usage of the call is known. */
  settled(): void;
  /** Something threw that must not: a defect. */
  broken(error: unknown): void;
}

export class ConnectionTest implements RequestWork {
  readonly #owner: TestOwner;
  readonly #context: ProxyContext;
  readonly #head: RequestHead;
  readonly #identity: Identity;
  #test: ProviderTest | undefined;
  #chunks: Buffer[] = [];
  #receivingSince = 0;
  #isReceiving = false;
  /** Nothing more is to be begun: the client is gone, or has been refused. */
  #isOver = false;
  requestBytes = 0;
  waitedMilliseconds = 0;

  constructor(owner: TestOwner, context: ProxyContext, head: RequestHead, identity: Identity) {
    this.#owner = owner;
    this.#context = context;
    this.#head = head;
    this.#identity = identity;
  }

  get operation(): Operation | undefined {
    return this.#test?.call.operation;
  }

  get model(): string | undefined {
    return this.#test?.request.model;
  }

  get forward(): UpstreamTimes | undefined {
    return this.#test?.forward;
  }

  get usage(): MeteredUsage | undefined {
    return this.#test?.usage;
  }

  begin(): void {
    const { contentLength = 0, hasBody } = this.#head;
    if (contentLength > MAX_BODY_BYTES) this.cut(tooLarge(MAX_BODY_BYTES));
    else if (!hasBody) this.#bodyIsHere();
    else {
      this.#isReceiving = true;
      this.#receivingSince = performance.now();
      this.#owner.exchange.receive();
    }
  }

  bodyChunk(chunk: Buffer): void {
    if (!this.#isReceiving) return;
    this.requestBytes += chunk.length;
    if (this.requestBytes > MAX_BODY_BYTES) this.cut(tooLarge(MAX_BODY_BYTES));
    else this.#chunks.push(chunk);
  }

  bodyEnd(): void {
    if (!this.#isReceiving) return;
    this.waitedMilliseconds = performance.now() - this.#receivingSince;
    this.#bodyIsHere();
  }

  /** The answer is one write. */
  resume(): void {}

  /** A call that is on its way is billed whoever waits for it: it goes on, so that it is counted. */
  clientGone(): void {
    this.#isReceiving = false;
    this.#isOver = true;
    if (this.forward === undefined) this.#test?.abort();
  }

  cut(rejection: Rejection): void {
    this.#isReceiving = false;
    this.#isOver = true;
    this.#owner.refuse(rejection);
    this.#test?.abort();
  }

  sweep(now: number): void {
    if (this.#isReceiving && now - this.#receivingSince > this.#context.limits.bodyIdleSeconds * 1000) {
      this.cut({ code: 'RequestTimeout', message: 'The request body did not come in time.' });
    }
  }

  #bodyIsHere(): void {
    this.#isReceiving = false;
    const head = this.#head;
    const body = Buffer.concat(this.#chunks);
    this.#chunks = [];
    const parsed = parseBody(body, (name) => head.header(name), this.#context.defaultNamespace);
    if (parsed.kind === 'Invalid') this.cut({ code: 'InvalidRequest', message: parsed.message });
    else this.#run(parsed.request).catch((error: unknown) => this.#owner.broken(error));
  }

  async #run(request: ConnectionTestRequest): Promise<void> {
    const { namespace, provider: name } = request;
    const provider = this.#context.providers.lookup(namespace, name);
    if (provider === undefined) {
      const message = `There is no provider "${name}" in the namespace "${namespace}".`;
      this.cut({ code: 'ProviderNotFound', message });
      return;
    }
    this.#owner.found(provider);
    const rejection = (await this.#unauthorized(request)) ?? this.#notAdmitted(provider, request);
    if (rejection !== undefined) this.cut(rejection);
    if (this.#isOver) return;
    provider.connectionTests += 1;
    try {
      await this.#answer(provider, request);
    } finally {
      provider.connectionTests -= 1;
    }
  }

  async #unauthorized({ namespace, provider }: ConnectionTestRequest): Promise<Rejection | undefined> {
    const verdict = await this.#context.access.authorizer.authorize(this.#identity, 'invoke', namespace, provider);
    if (verdict.kind === 'Denied') return { code: 'Forbidden', message: verdict.message };
    if (verdict.kind === 'Unavailable') return { code: 'IdentityUnavailable', message: verdict.message };
    return undefined;
  }

  #notAdmitted(provider: ProviderState, { model }: ConnectionTestRequest): Rejection | undefined {
    const { entry } = provider;
    const rejection = admitProvider(entry, this.#head, MAX_BODY_BYTES);
    if (rejection !== undefined) return rejection;
    const refused = model === undefined ? undefined : admitModel(entry, model);
    if (refused !== undefined) return refused;
    if (provider.connectionTests < TESTS_AT_A_TIME) return undefined;
    return { code: 'Overloaded', message: `The provider "${entry.name}" is being tested by others; try again.` };
  }

  async #answer(provider: ProviderState, request: ConnectionTestRequest): Promise<void> {
    const head = this.#head;
    const presented = {
      head,
      credential: credentialOf(head, undefined),
      certificate: certificateOf(this.#owner.exchange).clientCertificate,
    };
    const test = new ProviderTest(this.#context, provider, request, presented);
    if (test.problem !== undefined) {
      this.cut({ code: 'InvalidRequest', message: test.problem });
      return;
    }
    this.#test = test;
    const result = await test.run();
    this.#owner.settled();
    this.#owner.answer(
      200,
      ['content-type', 'application/json'],
      Buffer.from(`${JSON.stringify(result, undefined, 2)}\n`),
    );
  }
}
