/** Asks a process, through Node's inspector, to collect its garbage: what is left on the heap then is in use. */

/** A connection to the inspector of one process. */
export class Collector implements Disposable {
  readonly #socket: WebSocket;
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<Collector> {
    const listed = await fetch(`http://127.0.0.1:${port}/json/list`);
    const [session] = (await listed.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
    if (session === undefined) throw new Error('the process has no inspector');
    const socket = new WebSocket(session.webSocketDebuggerUrl);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')), { once: true });
    });
    return new Collector(socket);
  }

  /** Collects all of it. */
  collect(): Promise<void> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error('the process is gone'));
      const heard = ({ data }: MessageEvent): void => {
        if ((JSON.parse(String(data)) as { readonly id?: number }).id !== id) return;
        this.#socket.removeEventListener('message', heard);
        this.#socket.removeEventListener('close', gone);
        resolve();
      };
      this.#socket.addEventListener('message', heard);
      this.#socket.addEventListener('close', gone, { once: true });
      this.#socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
    });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
