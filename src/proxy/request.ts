/**
 * One request from its head to the end of its answer: what is told to the client, what is done for it, and its one record
 * at the end. The walk is route, identify, admit, forward, account: {@link Entry} takes the first steps, the
 * {@link RequestWork} that it leads to the others. A verdict that is at hand costs no promise: the usual request goes from
 * its head to the upstream in one tick.
 */
import { randomUUID } from 'node:crypto';
import type { Identity } from '../identity/types.ts';
import type { Refusal, RefusalBody } from '../providers/wire.ts';
import { account } from './account.ts';
import type { OpenRequest, ProxyContext } from './context.ts';
import { Entry } from './entry.ts';
import type { EntryOwner } from './entry.ts';
import type { Exchange, ExchangeListener } from './exchange/exchange.ts';
import type { ProviderState } from './providers.ts';
import { INTERNAL_ERROR, refusalAnswer } from './refusal.ts';
import type { Rejection } from './refusal.ts';
import { failureToldBy } from './request-record.ts';
import type { RequestWork } from './work.ts';

/** nginx's word for a client that went away before its answer began; it stands on records only. */
const CLIENT_CLOSED_REQUEST = 499;

const DRAINING: Rejection = {
  code: 'Draining',
  message: 'The gateway is shutting down and had to end this call.',
};

export class ProxyRequest implements ExchangeListener, EntryOwner, OpenRequest {
  readonly requestId = randomUUID();
  readonly exchange: Exchange;
  readonly #context: ProxyContext;
  readonly #entry: Entry;
  readonly #startedAt = performance.now();
  #identity: Identity | undefined;
  #provider: ProviderState | undefined;
  #work: RequestWork | undefined;
  /** 0: no answer has begun. */
  #status = 0;
  #error: string | undefined;
  #reason: string | undefined;
  #message: string | undefined;
  #revision: string | undefined;
  #ownBytes = 0;
  /** The client has its whole answer or is gone. */
  #clientIsDone = false;
  #hungUp = false;

  constructor(context: ProxyContext, exchange: Exchange) {
    this.#context = context;
    this.exchange = exchange;
    this.#entry = new Entry(this, context);
  }

  /** Starts the walk. Like every entry of the engine's, it lets nothing through: a defect ends its request, not the process. */
  begin(): void {
    try {
      this.#begin();
    } catch (error) {
      this.broken(error);
    }
  }

  #begin(): void {
    const { exchange } = this;
    const context = this.#context;
    exchange.attach(this);
    context.open.add(this);
    this.#revision = context.providers.revision;
    if (context.state !== 'Serving') exchange.closeAfter();
    this.#entry.begin();
  }

  identified(identity: Identity): void {
    this.#identity = identity;
  }

  admitted(work: RequestWork): void {
    this.#work = work;
  }

  /** A step threw: a defect. The client is told no more than that, and whatever still runs ends. */
  broken(error: unknown): void {
    this.#logDefect(error);
    const begun = this.#status !== 0;
    try {
      if (this.#work === undefined) this.refuse(INTERNAL_ERROR);
      else this.#work.cut(INTERNAL_ERROR);
    } catch (another) {
      this.#logDefect(another);
    }
    if (begun || this.#status === 0) this.#abort();
  }

  #logDefect(error: unknown): void {
    this.#context.log.error({ err: error, requestId: this.requestId }, 'a request failed inside the gateway');
  }

  #abort(): void {
    try {
      this.exchange.abort();
    } catch (error) {
      this.#logDefect(error);
    }
  }

  get isDecided(): boolean {
    return this.#clientIsDone || this.#status !== 0;
  }

  refuse(rejection: Rejection): void {
    if (this.isDecided) return;
    this.#error = rejection.code;
    this.#reason = rejection.reason;
    this.#message = rejection.message;
    const operation = this.#work?.operation;
    const shape = (refusal: Refusal): RefusalBody => this.#entry.shape(refusal, operation);
    const answer = refusalAnswer(rejection, this.requestId, shape, this.#context.publicURL);
    this.answer(answer.status, answer.headers, answer.body);
  }

  /** Which provider the request is about. */
  found(provider: ProviderState): void {
    this.#provider = provider;
  }

  answer(status: number, headers: string[], body: Buffer): void {
    if (this.isDecided) return;
    this.#status = status;
    this.#ownBytes = body.length;
    headers.push('content-length', String(body.length), 'x-tidegate-request-id', this.requestId);
    try {
      this.exchange.head(status, headers);
      this.exchange.end(body);
    } catch (error) {
      this.#logDefect(error);
      this.#abort();
    }
  }

  answered(status: number): void {
    this.#status = status;
  }

  failed(rejection: Rejection): void {
    this.#error = rejection.code;
    this.#message = rejection.message;
  }

  settled(): void {
    this.#concludeIfDone();
  }

  onBodyChunk(chunk: Buffer): void {
    try {
      this.#work?.bodyChunk(chunk);
    } catch (error) {
      this.broken(error);
    }
  }

  onBodyEnd(): void {
    try {
      this.#work?.bodyEnd();
    } catch (error) {
      this.broken(error);
    }
  }

  onWritable(): void {
    try {
      this.#work?.resume();
    } catch (error) {
      this.broken(error);
    }
  }

  onSent(): void {
    this.#clientIsDone = true;
    this.#concludeIfDone();
  }

  onHangUp(): void {
    this.#clientIsDone = true;
    this.#hungUp = this.#error === undefined;
    try {
      this.#work?.clientGone();
    } catch (error) {
      this.broken(error);
    }
    this.#concludeIfDone();
  }

  sweep(now: number): void {
    try {
      this.#work?.sweep(now);
    } catch (error) {
      this.broken(error);
    }
  }

  cut(): void {
    try {
      if (this.#work === undefined) this.refuse(DRAINING);
      else this.#work.cut(DRAINING);
    } catch (error) {
      this.broken(error);
    }
  }

  #concludeIfDone(): void {
    const work = this.#work;
    if (!this.#clientIsDone || (work?.forward !== undefined && work.usage === undefined)) return;
    const context = this.#context;
    if (!context.open.delete(this)) return;
    try {
      this.#account();
    } catch (error) {
      this.#logDefect(error);
    }
    context.onConcluded();
  }

  #account(): void {
    const context = this.#context;
    const work = this.#work;
    const forward = work?.forward;
    const now = performance.now();
    const sentAt = forward?.sentAt ?? 0;
    account(context, (this.#provider ?? context.metrics).series, {
      requestId: this.requestId,
      identity: this.#identity,
      entry: this.#provider?.entry,
      operation: work?.operation?.name,
      model: work?.model,
      method: this.exchange.method,
      protocol: this.exchange.protocol,
      target: this.exchange.target,
      namedCharacters: this.#entry.namedCharacters,
      requested: this.#entry.requested,
      revision: this.#revision,
      status: this.#status === 0 ? CLIENT_CLOSED_REQUEST : this.#status,
      error: this.#error ?? (this.#hungUp ? 'ClientDisconnected' : failureToldBy(work?.usage)),
      reason: this.#reason,
      message: this.#message,
      usage: work?.usage,
      counted: forward?.counted,
      guardrails: work?.guardrailReport,
      streamed: forward?.streamed ?? false,
      clientDisconnected: this.#hungUp,
      totalMilliseconds: now - this.#startedAt,
      upstreamMilliseconds: forward === undefined || sentAt === 0 ? undefined : forward.endedAt - sentAt,
      ownMilliseconds:
        work === undefined || sentAt === 0 ? undefined : sentAt - this.#startedAt - work.waitedMilliseconds,
      waitedMilliseconds: work?.waitedMilliseconds,
      firstByteMilliseconds:
        forward === undefined || forward.firstByteAt === 0 ? undefined : forward.firstByteAt - this.#startedAt,
      requestBytes: work?.requestBytes ?? 0,
      responseBytes: forward?.responseBytes === 0 || forward === undefined ? this.#ownBytes : forward.responseBytes,
    });
  }
}
