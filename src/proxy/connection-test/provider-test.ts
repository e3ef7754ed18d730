/**
 * One test of one provider: a call made as any other of the provider's, accounted like it, and never repeated. What comes
 * back is told in words that hold no credential.
 */
import { CredentialError } from '../../aws/credential-source.ts';
import type { ConnectionTestAnswer, ConnectionTestCall, SigningCredentials } from '../../providers/wire.ts';
import type { MeteredUsage } from '../../usage/record.ts';
import type { ProxyContext } from '../context.ts';
import { identifyPassing } from '../identify.ts';
import type { Presented } from '../identify.ts';
import { passCredential } from '../passed-credential.ts';
import type { ProviderState } from '../providers.ts';
import { pathProblem } from '../safe-path.ts';
import type { ConnectionTestRequest } from './request-body.ts';
import { answeredResult, credentialsResult, failedResult, withoutCredentialResult } from './result.ts';
import type { ConnectionTestResult, ResultFrame } from './result.ts';
import { secretsOf } from './secrets.ts';
import { pathOf, TestTimeout, UpstreamCall } from './upstream-call.ts';

/** For the whole of a call that costs nothing, and of one to a model, which may have to wake up first. */
const FREE_MILLISECONDS = 15_000;
const BILLED_MILLISECONDS = 60_000;

export class ProviderTest {
  readonly call: ConnectionTestCall;
  readonly request: ConnectionTestRequest;
  readonly #context: Pick<ProxyContext, 'access' | 'providers'>;
  readonly #provider: ProviderState;
  readonly #presented: Presented;
  readonly #timeoutMilliseconds: number;
  readonly #begunAt = performance.now();
  #isAborted = false;
  /** Present once the call is made. */
  forward: UpstreamCall | undefined;
  /** Undefined until the call is over. */
  usage: MeteredUsage | undefined;

  constructor(
    context: Pick<ProxyContext, 'access' | 'providers'>,
    provider: ProviderState,
    request: ConnectionTestRequest,
    presented: Presented,
  ) {
    this.#context = context;
    this.#provider = provider;
    this.#presented = presented;
    this.request = request;
    this.call = provider.wire.connectionTest(provider.entry, request.model);
    this.#timeoutMilliseconds = this.call.billed ? BILLED_MILLISECONDS : FREE_MILLISECONDS;
  }

  /** Why the call cannot be made, ready for the caller: its model would make another path of it. */
  get problem(): string | undefined {
    const path = pathOf(this.call).split('?')[0] ?? '';
    return pathProblem(path) === undefined ? undefined : 'The field "model" is no name that can stand in a URL.';
  }

  /** Makes the call and says what came of it. Call once. */
  async run(): Promise<ConnectionTestResult> {
    const passed = await this.#passedCredential();
    let signing: SigningCredentials | undefined;
    try {
      signing = await within(this.#timeoutMilliseconds, this.#provider.credentials?.current());
    } catch (error) {
      if (error instanceof CredentialError) return credentialsResult(this.#frame(false), error.message);
      if (error instanceof TestTimeout)
        return credentialsResult(this.#frame(false), 'its credentials did not come in time');
      throw error;
    }
    return this.#send(passed, signing);
  }

  /** The client is told nothing any more; a call that is under way ends. */
  abort(): void {
    this.#isAborted = true;
    this.forward?.abort(new Error('the test is over'));
  }

  async #send(passed: readonly string[], signing: SigningCredentials | undefined): Promise<ConnectionTestResult> {
    const provider = this.#provider;
    const { call } = this;
    const own = provider.upstreamAt(call.url);
    const upstream = own ?? this.#context.providers.connect(provider.entry, call.url);
    const timeoutMilliseconds = this.#timeoutMilliseconds;
    const isOwnHost = own !== undefined;
    const forward = new UpstreamCall({ provider, upstream, call, isOwnHost, passed, signing, timeoutMilliseconds });
    if (this.#isAborted) return failedResult(this.#frame(false), undefined, false);
    this.forward = forward;
    upstream.hold();
    // A host that only this call goes to keeps no connection.
    if (!isOwnHost) upstream.retire();
    const outcome = await forward.run().finally(() => upstream.release());
    this.usage = await forward.usage(outcome.kind === 'Answered' ? 'Complete' : 'UpstreamFailed');
    if (outcome.kind === 'Failed') {
      return failedResult(this.#frame(call.billed && forward.wasSent), outcome.error, forward.wasSent);
    }
    return this.#result(outcome.answer, passed, secretsOf(provider.entry, passed, signing));
  }

  #result(answer: ConnectionTestAnswer, passed: readonly string[], secrets: readonly string[]): ConnectionTestResult {
    const { entry, wire, passesCredential } = this.#provider;
    const known = this.#frame(this.call.billed && answer.status < 400);
    const isAsked = answer.status === 401 || answer.status === 403;
    if (passesCredential && passed.length === 0 && isAsked) return withoutCredentialResult(known, answer);
    return answeredResult(known, answer, wire.connectionTestFinding(entry, this.call, answer), secrets);
  }

  #frame(billed: boolean): ResultFrame {
    return { request: this.request, billed, durationMilliseconds: performance.now() - this.#begunAt };
  }

  /**
   * The caller's own credential for a provider that passes it on. What a request carries beside the gateway's own header
   * is that only when the caller is known without it; else it is the gateway's token, which goes to nobody.
   */
  async #passedCredential(): Promise<readonly string[]> {
    if (!this.#provider.passesCredential) return [];
    const verdict = await identifyPassing(this.#context.access, this.#presented);
    if (verdict.kind !== 'Authenticated') return [];
    const headers: string[] = [];
    passCredential(this.#presented.head, headers);
    return headers;
  }
}

/** @throws {TestTimeout} when it takes longer. */
async function within<T>(milliseconds: number, work: T | Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new TestTimeout(milliseconds / 1000)), milliseconds);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
