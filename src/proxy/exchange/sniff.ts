/** Which protocol a new connection speaks. */
import type { Socket } from 'node:net';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Reads just enough to know the protocol, and gives the bytes back. */
export function sniff(socket: Socket, timeout: number, decided: (isHTTP2: boolean) => void): void {
  let head: Buffer | undefined;
  const giveUp = (): void => {
    socket.destroy();
  };
  const onData = (chunk: Buffer): void => {
    head = head === undefined ? chunk : Buffer.concat([head, chunk]);
    const length = Math.min(head.length, PREFACE.length);
    const isHTTP2 = PREFACE.compare(head, 0, length, 0, length) === 0;
    if (isHTTP2 && length < PREFACE.length) return;
    socket.off('data', onData);
    socket.off('end', giveUp);
    socket.off('error', giveUp);
    socket.off('timeout', giveUp);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(head);
    decided(isHTTP2);
    if (!isHTTP2) socket.resume();
  };
  socket.on('data', onData);
  socket.on('end', giveUp);
  socket.on('error', giveUp);
  socket.on('timeout', giveUp);
  socket.setTimeout(timeout);
}
