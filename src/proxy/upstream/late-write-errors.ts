/**
 * An upstream that answers before it has the whole request, and closes, resets the connection as soon as more of the
 * request arrives. Its answer is here by then, but unread, and a failed write would throw it away with its socket.
 */
import type { Socket } from 'node:net';

/** What a write on a connection fails with that its other end has closed. What was received before can still be read. */
const CLOSED: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET']);

type Done = (error?: Error | null) => void;

/** The two methods by which a stream hands on what is written to it; `writev` is undefined in some. */
interface Writes {
  _write: (chunk: unknown, encoding: BufferEncoding, done: Done) => void;
  _writev?: (chunks: unknown, done: Done) => void;
}

/**
 * Makes `socket` tell of such a failed write only once all that was received has been read: then reading ends or fails,
 * and the socket with it.
 */
export function delayWriteErrors(socket: Socket): void {
  const { _write: write, _writev: writev } = socket as unknown as Writes;
  const delayed =
    (done: Done): Done =>
    (error) => {
      const code = (error as NodeJS.ErrnoException | undefined)?.code;
      if (!CLOSED.has(code) || socket.readableEnded || socket.destroyed) done(error);
      else socket.once('close', () => done(error));
    };
  const own: Writes = {
    _write: (chunk, encoding, done) => write.call(socket, chunk, encoding, delayed(done)),
    ...(writev !== undefined && { _writev: (chunks, done) => writev.call(socket, chunks, delayed(done)) }),
  };
  Object.assign(socket, own);
}
