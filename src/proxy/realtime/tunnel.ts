/**
 * A WebSocket that is open: the bytes of both sides pass as they are, each side is slowed down to the other's pace, and a
 * copy is read for frames: for usage, for models under an allowlist, and to know where the gateway may say a word of its own.
 */
import type { Duplex } from 'node:stream';
import type { Refusal, ResponseUsage, WebSocketWatch } from '../../providers/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';
import { admitModels } from '../admit.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { toRefusal } from '../refusal.ts';
import type { Rejection } from '../refusal.ts';
import { FrameReader } from './frame-reader.ts';
import { CLOSE_CODES, closeFrame, textFrame } from './frames.ts';
import type { CloseCode } from './frames.ts';

/** After a hang-up with `onClientDisconnect: Drain`, responses that have begun are waited for so long at most. */
const DRAIN_MILLISECONDS = 600_000;
const DRAIN_BYTES = 16 * 1024 * 1024;

/** How long the sides may take to end their connections once one of them has said that it closes. */
const CLOSING_MILLISECONDS = 10_000;

/** How long an upstream may take to read a close frame of the gateway's. */
const LAST_WORDS_MILLISECONDS = 1000;

/** How a session ended, as far as the usage of unfinished responses goes. */
export type SessionEnd = 'Complete' | 'ClientDisconnected' | 'UpstreamFailed';

/** Who a tunnel tells what becomes of it. */
export interface TunnelOwner {
  readonly requestId: string;
  readonly exchange: Exchange;
  readonly entry: ProviderEntry;
  /** A response is done. */
  responded(response: ResponseUsage): void;
  /** The gateway had to end the session; told before {@link TunnelOwner.closed}. */
  failed(rejection: Rejection): void;
  /** The session is over: the last call. */
  closed(how: SessionEnd): void;
  /** Something threw that must not: a defect. */
  broken(error: unknown): void;
}

export class Tunnel {
  readonly #owner: TunnelOwner;
  readonly #socket: Duplex;
  readonly #watch: WebSocketWatch;
  readonly #client: FrameReader;
  readonly #upstream: FrameReader;
  /** Why the message that the client has just sent does not pass. */
  #problem: Rejection | undefined;
  #over = false;
  /** The client is gone, and the upstream is read for the usage of what it has begun. */
  #drainingSince = 0;
  #drained = 0;
  /** A side has said that it closes. */
  #closingSince = 0;
  /** Since when, as far as {@link Tunnel.sweep} has seen; 0: not at all. */
  #quietSince = 0;
  #clientBlockedSince = 0;
  #clientIsBlocked = false;
  /** Of both sides, for the record. */
  requestBytes = 0;
  responseBytes = 0;

  constructor(owner: TunnelOwner, socket: Duplex, watch: WebSocketWatch) {
    this.#owner = owner;
    this.#socket = socket;
    this.#watch = watch;
    this.#client = new FrameReader(true, watch.watchesClient ? { message: this.#heardClient.bind(this) } : undefined);
    this.#upstream = new FrameReader(false, { message: (piece, last) => watch.upstreamMessage(piece, last) });
  }

  /** Begins, after the client has been told that the protocols are switched. */
  start(): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => this.#guard(() => this.#fromUpstream(chunk)));
    socket.on('drain', () => this.#owner.exchange.resume());
    socket.on('end', () => this.#guard(() => this.#upstreamEnded()));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#guard(() => this.#upstreamEnded()));
    this.#owner.exchange.receive();
    socket.resume();
    if (socket.destroyed) this.#upstreamEnded();
  }

  fromClient(chunk: Buffer): void {
    if (this.#over) return;
    this.#quietSince = 0;
    this.requestBytes += chunk.length;
    this.#client.push(chunk);
    const fault = this.#watch.watchesClient ? this.#client.fault : undefined;
    const problem =
      this.#problem ??
      (fault === undefined ? undefined : { code: 'InvalidRequest', message: `The client sent ${fault}.` });
    if (problem !== undefined) {
      // What has passed of the message is not whole: the upstream has not taken it up.
      this.#end(problem, false);
      return;
    }
    // Whoever reads on behind a close frame would read what has not been looked at.
    const unseen = this.#watch.watchesClient ? this.#client.bytesBehindClose : 0;
    if (unseen === chunk.length) return;
    if (!this.#socket.write(unseen === 0 ? chunk : chunk.subarray(0, -unseen))) this.#owner.exchange.pause();
  }

  /** The client closed its end of the connection. */
  clientEnded(): void {
    if (this.#over) return;
    if (this.#isClosing) this.#socket.end();
    else this.#owner.exchange.abort();
  }

  /** The client takes more again. */
  resume(): void {
    this.#clientIsBlocked = false;
    this.#clientBlockedSince = 0;
    this.#socket.resume();
  }

  /** The connection of the client is gone. */
  clientGone(): void {
    if (this.#over) return;
    if (this.#isClosing) this.#close('Complete');
    else if (this.#owner.entry.onClientDisconnect === 'Drain' && this.#watch.pending > 0) {
      this.#drainingSince = performance.now();
      this.#socket.resume();
    } else this.#close('ClientDisconnected');
  }

  /** Ends the session for a reason of the gateway's own. */
  cut(rejection: Rejection): void {
    if (this.#over) return;
    if (this.#drainingSince > 0) this.#close('ClientDisconnected');
    else this.#end(rejection, this.#client.isBetweenFrames);
  }

  /** Regular look at what only time tells. `now` is monotonic, in milliseconds. */
  sweep(now: number): void {
    if (this.#over) return;
    const { idleSeconds } = this.#owner.entry.timeouts;
    const idle = idleSeconds * 1000;
    if (this.#drainingSince > 0) {
      if (now - this.#drainingSince > DRAIN_MILLISECONDS) this.#close('ClientDisconnected');
      return;
    }
    if (this.#isClosing) {
      if (this.#closingSince === 0) this.#closingSince = now;
      else if (now - this.#closingSince > CLOSING_MILLISECONDS) this.#closeWell();
      return;
    }
    if (this.#clientIsBlocked) {
      if (this.#clientBlockedSince === 0) this.#clientBlockedSince = now;
      else if (now - this.#clientBlockedSince > idle) {
        this.#owner.exchange.abort();
        return;
      }
    }
    if (this.#quietSince === 0) this.#quietSince = now;
    else if (now - this.#quietSince > idle) {
      this.cut({ code: 'RequestTimeout', message: `Nothing was said in this session for ${idleSeconds} seconds.` });
    }
  }

  get #isClosing(): boolean {
    return this.#client.closed || this.#upstream.closed;
  }

  #heardClient(piece: Buffer, last: boolean): void {
    const scan = this.#watch.clientMessage(piece, last);
    if (scan === undefined || this.#problem !== undefined) return;
    if (scan.kind === 'Unreadable') this.#problem = { code: 'InvalidRequest', message: scan.message };
    else if (scan.models.length > 0) {
      const [model, ...others] = scan.models;
      this.#problem = admitModels(this.#owner.entry, model, others);
    }
  }

  #fromUpstream(chunk: Buffer): void {
    if (this.#over) return;
    this.#quietSince = 0;
    this.#upstream.push(chunk);
    for (const response of this.#watch.take()) this.#owner.responded(response);
    if (this.#drainingSince > 0) {
      this.#drained += chunk.length;
      if (this.#watch.pending === 0 || this.#drained > DRAIN_BYTES) this.#close('ClientDisconnected');
      return;
    }
    this.responseBytes += chunk.length;
    if (!this.#owner.exchange.write(chunk)) {
      this.#clientIsBlocked = true;
      this.#socket.pause();
    }
  }

  #upstreamEnded(): void {
    if (this.#over) return;
    if (this.#drainingSince > 0) this.#close('UpstreamFailed');
    else if (this.#isClosing) this.#closeWell();
    else {
      const { name } = this.#owner.entry;
      const message = `The upstream of the provider "${name}" closed the connection without a word.`;
      this.#end({ code: 'UpstreamUnreachable', message }, false);
    }
  }

  /** Both sides know: the client gets whatever is still on its way to it. */
  #closeWell(): void {
    this.#close('Complete');
    this.#owner.exchange.end();
  }

  /** Tells both sides as far as they can be told. `tellUpstream`: a frame can be put in there. */
  #end(rejection: Rejection, tellUpstream: boolean): void {
    const { exchange } = this.#owner;
    const words = this.#words(rejection);
    this.#owner.failed(rejection);
    this.#close(rejection.code === 'UpstreamUnreachable' ? 'UpstreamFailed' : 'ClientDisconnected', tellUpstream);
    if (words === undefined) exchange.abort();
    else exchange.endAndClose(words);
  }

  /** What the client is told; undefined when the upstream has been broken off in the middle of a frame. */
  #words(rejection: Rejection): Buffer | undefined {
    if (!this.#upstream.isBetweenFrames) return undefined;
    const { message } = rejection;
    const refusal: Refusal = toRefusal(rejection, this.#owner.requestId);
    const close = closeFrame(closeCodeOf(rejection), message, false);
    if (!this.#upstream.isBetweenMessages || refusal.status >= 500) return close;
    return Buffer.concat([textFrame(this.#watch.errorMessage(refusal)), close]);
  }

  #close(how: SessionEnd, tellUpstream = false): void {
    this.#over = true;
    const socket = this.#socket;
    if (!socket.writable || (how !== 'Complete' && !tellUpstream)) socket.destroy();
    else {
      if (tellUpstream) socket.end(closeFrame(CLOSE_CODES.goingAway, '', true));
      else socket.end();
      // What it still says is not waited for.
      socket.resume();
      const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MILLISECONDS);
      timer.unref();
      socket.on('close', () => clearTimeout(timer));
    }
    this.#owner.closed(how);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#owner.broken(error);
    }
  }
}

function closeCodeOf({ code }: Rejection): CloseCode {
  switch (code) {
    case 'Draining':
    case 'RequestTimeout':
      return CLOSE_CODES.goingAway;
    case 'Forbidden':
    case 'ModelNotAllowed':
    case 'InvalidRequest':
      return CLOSE_CODES.policyViolation;
    case 'UpstreamUnreachable':
      return CLOSE_CODES.badGateway;
    default:
      return CLOSE_CODES.internalError;
  }
}
