/** WebSockets of a fake provider: a dialogue of its wire, delivered as the scenario says. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Book } from './book.ts';
import type { Answer, Dialogue, ReceivedRequest, Scenario, SocketMessage } from './types.ts';

/** One WebSocket that was opened. */
export interface OpenedSocket {
  readonly request: ReceivedRequest;
  readonly socket: WebSocket;
  /** Texts of the caller's messages. */
  readonly heard: readonly string[];
  /** Set when the connection has ended. 1006: without a close frame. */
  readonly closed: { readonly code: number; readonly reason: string } | undefined;
}

/** Takes handshakes for one upstream. */
export class Sockets {
  readonly opened: OpenedSocket[] = [];
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: true, handleProtocols: () => false });

  /** Answers the handshake with `dialogue`. */
  open(
    incoming: IncomingMessage,
    duplex: Duplex,
    head: Buffer,
    request: ReceivedRequest,
    dialogue: Dialogue,
    scenario: Scenario,
    book: Book,
  ): void {
    const { protocol } = dialogue;
    this.#server.options.handleProtocols = () => protocol ?? false;
    this.#server.handleUpgrade(incoming, duplex, head, (socket) => {
      const heard: string[] = [];
      const opened = { request, socket, heard, closed: undefined as OpenedSocket['closed'] };
      this.opened.push(opened);
      let said = 0;
      const say = (messages: readonly SocketMessage[]): void => {
        for (const { text, usage } of messages) {
          if (said === scenario.cutAfterFrames) {
            duplex.destroy();
            return;
          }
          if (said === scenario.hangAfterFrames) return;
          said += 1;
          send(socket, text, scenario.chunkBytes);
          if (usage !== undefined) book.enter(usage);
        }
      };
      socket.on('message', (message: Buffer) => {
        heard.push(message.toString());
        say(dialogue.heard(message.toString()));
      });
      socket.on('error', () => undefined);
      socket.on('close', (code, reason) => (opened.closed = { code, reason: reason.toString() }));
      say(dialogue.opened());
    });
  }
}

/** As one frame, or as fragments of so many bytes with a ping between them. */
function send(socket: WebSocket, text: string, chunkBytes: number | undefined): void {
  const bytes = Buffer.from(text);
  if (chunkBytes === undefined) {
    socket.send(text);
    return;
  }
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    socket.send(bytes.subarray(at, at + chunkBytes), { binary: false, fin: at + chunkBytes >= bytes.length });
    if (at % (chunkBytes * 8) === 0) socket.ping('between');
  }
}

/** The answer to a handshake that leads to no WebSocket. */
export function refuseHandshake(duplex: Duplex, { status, headers, frames }: Answer): void {
  const body = Buffer.concat(frames);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  duplex.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${status} Refused\r\n${lines.join('')}content-length: ${body.length}\r\nconnection: close\r\n\r\n`,
      ),
      body,
    ]),
  );
}
