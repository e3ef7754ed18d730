/**
 * A call that opens a WebSocket: admitted as every other by its head, then the handshake goes to the upstream. When that
 * switches protocols, a {@link Tunnel} takes over; any other answer goes to the client as it is.
 */
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Identity } from '../../identity/types.ts';
import type { Operation, ResponseUsage, WebSocketWatch } from '../../providers/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';
import type { MeteredUsage } from '../../usage/record.ts';
import { admitOperation, admitProvider } from '../admit.ts';
import type { CallOwner } from '../call.ts';
import type { ProxyContext } from '../context.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import type { GuardrailReport } from '../guardrails/report.ts';
import type { ProviderState } from '../providers.ts';
import type { Rejection } from '../refusal.ts';
import type { RequestHead } from '../request-head.ts';
import { ResponseHead } from '../response-head.ts';
import type { ResponseHeaders } from '../response-head.ts';
import { describeFailure, isConnectionLost } from '../upstream/failure.ts';
import type { RequestWork, UpstreamTimes } from '../work.ts';
import { Permission } from './permission.ts';
import { SessionAccount } from './session-account.ts';
import { Tunnel } from './tunnel.ts';
import type { SessionEnd, TunnelOwner } from './tunnel.ts';

const NO_WEBSOCKET: Rejection = {
  code: 'InvalidRequest',
  message: 'This call is not made over WebSocket: only the Realtime API is. Call it over HTTP.',
};

/** Why no guardrail can look at what passes. */
const UNREADABLE = 'what passes over a WebSocket cannot be read by guardrails, so call the API over HTTP';

/** The times of the call; the engine of its own HTTP needs no more of a handshake. */
type Times = { -readonly [K in keyof UpstreamTimes]: UpstreamTimes[K] };

export class WebSocketCall implements RequestWork, TunnelOwner, Dispatcher.DispatchHandler {
  readonly operation: Operation;
  readonly model: string | undefined;
  readonly waitedMilliseconds = 0;
  usage: MeteredUsage | undefined;
  #forward: Times | undefined;
  readonly #owner: CallOwner;
  readonly #context: ProxyContext;
  readonly #provider: ProviderState;
  readonly #head: RequestHead;
  readonly #watch: WebSocketWatch | undefined;
  readonly #session: SessionAccount;
  /** Undefined when the client is gone: what it has begun is counted. */
  #permission: Permission | undefined;
  #options: Dispatcher.DispatchOptions | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #tunnel: Tunnel | undefined;
  /** The upstream answers the handshake with something else. */
  #refused = false;
  /** The client takes no more of that answer for now; since when, as far as {@link WebSocketCall.sweep} has seen. */
  #isBlocked = false;
  #blockedSince = 0;
  #repeated = false;
  guardrailReport: GuardrailReport | undefined;

  constructor(owner: CallOwner, context: ProxyContext, provider: ProviderState, head: RequestHead, identity: Identity) {
    this.#owner = owner;
    this.#context = context;
    this.#provider = provider;
    this.#head = head;
    this.operation = provider.wire.classify(head, provider.entry);
    this.model = this.operation.model.in === 'Head' ? this.operation.model.model : undefined;
    this.#watch = provider.wire.webSocketWatch?.(this.operation, provider.entry);
    this.#session = new SessionAccount(context.prices, provider, this.operation.name, this.model);
    const { namespace, name } = provider.entry;
    this.#permission = new Permission({
      ask: () => context.access.authorizer.authorize(identity, 'invoke', namespace, name),
      denied: (message) => this.#tunnel?.cut({ code: 'Forbidden', message }),
      broken: (error) => owner.broken(error),
    });
  }

  get requestId(): string {
    return this.#owner.requestId;
  }

  get exchange(): Exchange {
    return this.#owner.exchange;
  }

  get entry(): ProviderEntry {
    return this.#provider.entry;
  }

  get requestBytes(): number {
    return this.#tunnel?.requestBytes ?? 0;
  }

  get forward(): UpstreamTimes | undefined {
    const forward = this.#forward;
    if (forward !== undefined && this.#tunnel !== undefined) forward.responseBytes = this.#tunnel.responseBytes;
    return forward;
  }

  /** Admits the call and sends its handshake; or refuses it. */
  begin(): void {
    const { entry, operation } = this;
    const head = this.#head;
    const rejection =
      admitProvider(entry, head, this.#context.limits.requestBytes) ??
      (this.#watch === undefined ? NO_WEBSOCKET : admitOperation(entry, operation, head)) ??
      this.#checkGuardrails();
    if (rejection !== undefined) {
      this.#owner.refuse(rejection);
      return;
    }
    this.#options = {
      path: this.#provider.wire.joinPath(entry, head),
      method: 'GET',
      headers: this.#provider.withOwnHeaders(head.forwarded, operation.api),
      upgrade: 'websocket',
      headersTimeout: entry.timeouts.firstByteSeconds * 1000,
      bodyTimeout: entry.timeouts.idleSeconds * 1000,
    };
    const sentAt = performance.now();
    this.#forward = {
      sentAt,
      firstByteAt: 0,
      endedAt: 0,
      responseBytes: 0,
      streamed: false,
      counted: { cost: undefined },
    };
    this.#provider.upstreamOf(operation).hold();
    this.#dispatch(this.#options);
  }

  /** Nothing of a session is checked: it is refused where that is not let pass, and counted where it is. */
  #checkGuardrails(): Rejection | undefined {
    const { guardrails } = this.#provider;
    if (guardrails === undefined) return undefined;
    const check = new GuardrailCheck(guardrails, this.#context.guardrailHeader);
    this.guardrailReport = check.report;
    const rejection = check.unreadableCall('Input', UNREADABLE);
    return rejection ?? check.unreadableCall('Output', UNREADABLE);
  }

  #dispatch(options: Dispatcher.DispatchOptions): void {
    this.#provider.upstreamOf(this.operation).dispatch(options, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.usage !== undefined) controller.abort(new Error('the client is gone'));
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: ResponseHeaders,
    socket: Duplex,
  ): void {
    if (this.usage !== undefined) socket.destroy();
    else this.#guard(() => this.#switch(status, headers, socket));
  }

  #switch(status: number, headers: ResponseHeaders, socket: Duplex): void {
    const watch = this.#watch;
    const response = new ResponseHead(status, headers);
    const isWebSocket = response.header('upgrade')?.toLowerCase() === 'websocket';
    // An extension that was not offered, compression above all, would hide what passes.
    if (watch === undefined || !isWebSocket || response.header('sec-websocket-extensions') !== undefined) {
      socket.destroy();
      this.#fail(this.#unreachable('answered the handshake with something that is no WebSocket'));
      return;
    }
    this.exchange.head(101, response.forClient(this.requestId, true));
    this.#begun(101);
    this.#tunnel = new Tunnel(this, socket, watch);
    this.#tunnel.start();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    // Interim answers (RFC 9110 §15.2) are between the gateway and the upstream.
    if (status < 200 || this.usage !== undefined) return;
    this.#guard(() => {
      this.#refused = true;
      this.exchange.head(status, new ResponseHead(status, headers).forClient(this.requestId, false));
      this.#begun(status);
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const forward = this.#forward;
    if (this.usage !== undefined || forward === undefined) return;
    forward.responseBytes += chunk.length;
    if (this.exchange.write(chunk)) return;
    this.#isBlocked = true;
    controller.pause();
  }

  onResponseEnd(): void {
    if (this.usage !== undefined) return;
    this.#guard(() => {
      this.#finish();
      this.exchange.end();
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.usage !== undefined) return;
    this.#guard(() => {
      const options = this.#options;
      // A kept connection gone stale: the handshake has had no effect.
      if (!this.#repeated && !this.#refused && options !== undefined && isConnectionLost(error)) {
        this.#repeated = true;
        this.#controller = undefined;
        this.#dispatch(options);
        return;
      }
      const { code, reason } = describeFailure(error);
      this.#fail({ ...this.#unreachable(reason), code });
    });
  }

  bodyChunk(chunk: Buffer): void {
    this.#tunnel?.fromClient(chunk);
  }

  bodyEnd(): void {
    this.#tunnel?.clientEnded();
  }

  resume(): void {
    this.#isBlocked = false;
    this.#blockedSince = 0;
    if (this.#tunnel === undefined) this.#controller?.resume();
    else this.#tunnel.resume();
  }

  clientGone(): void {
    this.#permission = undefined;
    if (this.#tunnel !== undefined) this.#tunnel.clientGone();
    else if (this.#forward !== undefined && this.usage === undefined) {
      this.#finish();
      this.#controller?.abort(new Error('the client is gone'));
    }
  }

  cut(rejection: Rejection): void {
    if (this.#tunnel !== undefined) this.#tunnel.cut(rejection);
    else if (this.#forward === undefined) this.#owner.refuse(rejection);
    else if (this.usage === undefined) {
      this.#fail(rejection);
      // Comes back as an error at once, when nobody listens any more.
      this.#controller?.abort(new Error('the call is over'));
    }
  }

  sweep(now: number): void {
    if (this.#tunnel !== undefined) {
      this.#tunnel.sweep(now);
      if (this.usage === undefined) this.#permission?.sweep(now);
    }
    if (!this.#isBlocked) return;
    if (this.#blockedSince === 0) this.#blockedSince = now;
    else if (now - this.#blockedSince > this.entry.timeouts.idleSeconds * 1000) this.exchange.abort();
  }

  /** From the tunnel. */
  responded(response: ResponseUsage): void {
    this.#session.count(response);
  }

  /** From the tunnel. */
  failed(rejection: Rejection): void {
    this.#owner.failed(rejection);
  }

  /** From the tunnel. */
  closed(how: SessionEnd): void {
    this.#session.giveUp(this.#watch?.pending ?? 0, how);
    this.#finish();
  }

  /** From the tunnel. */
  broken(error: unknown): void {
    this.#owner.broken(error);
  }

  #begun(status: number): void {
    this.#options = undefined;
    this.#head.forget();
    if (this.#forward !== undefined) this.#forward.firstByteAt = performance.now();
    this.#owner.answered(status);
  }

  #unreachable(reason: string): Rejection {
    const { name } = this.entry;
    return { code: 'UpstreamUnreachable', message: `The upstream of the provider "${name}" ${reason}.` };
  }

  #fail(rejection: Rejection): void {
    this.#finish();
    if (this.#refused) {
      this.#owner.failed(rejection);
      this.exchange.abort();
    } else this.#owner.refuse(rejection);
  }

  #finish(): void {
    if (this.#forward !== undefined) {
      this.#forward.endedAt = performance.now();
      this.#forward.counted = { cost: this.#session.cost };
    }
    this.#options = undefined;
    this.usage = this.#session.usage;
    this.#provider.upstreamOf(this.operation).release();
    this.#owner.settled();
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#owner.broken(error);
    }
  }
}
