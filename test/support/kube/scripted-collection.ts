/** Answers lists and watches of one collection from a script; the last entry of each serves for all that follow. */
import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../../src/kube/types.ts';
import { failure, json } from './scripted-server.ts';
import type { Call, Handler } from './scripted-server.ts';

export class ScriptedCollection {
  readonly listed: Call[] = [];
  readonly watched: { readonly call: Call; readonly response: ServerResponse }[] = [];
  readonly #lists: readonly Handler[];
  readonly #watches: readonly Handler[];

  constructor(lists: readonly Handler[], watches: readonly Handler[] = [hold()]) {
    this.#lists = lists;
    this.#watches = watches;
  }

  readonly handler: Handler = (call, response) => {
    if (call.query.get('watch') === 'true') {
      this.watched.push({ call, response });
      (this.#watches[this.watched.length - 1] ?? this.#watches.at(-1))?.(call, response);
    } else {
      this.listed.push(call);
      (this.#lists[this.listed.length - 1] ?? this.#lists.at(-1))?.(call, response);
    }
  };

  /** Where each watch began. */
  get watchedFrom(): (string | null)[] {
    return this.watched.map(({ call }) => call.query.get('resourceVersion'));
  }

  /** Sends events on the newest watch. */
  send(...events: readonly object[]): void {
    this.watched.at(-1)?.response.write(linesOf(events));
  }
}

export function object(name: string, resourceVersion: string, more: object = {}): KubeObject {
  return { metadata: { name, namespace: 'ns', resourceVersion }, ...more };
}

export function list(resourceVersion: string, items: readonly KubeObject[], next?: string): Handler {
  return (_call, response) =>
    json(response, 200, {
      kind: 'List',
      metadata: { resourceVersion, ...(next !== undefined && { continue: next }) },
      items,
    });
}

export function refuse(code: number, reason: string, more: Parameters<typeof failure>[3] = {}): Handler {
  return (_call, response) => failure(response, code, reason, more);
}

/** Sends these and keeps the watch open. */
export function hold(...events: readonly object[]): Handler {
  return (_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (events.length > 0) response.write(linesOf(events));
  };
}

/** Sends these and closes the watch as a server does whose time limit is over. */
export function close(...events: readonly object[]): Handler {
  return (_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(linesOf(events));
  };
}

/** Sends text as it is, and closes. */
export function raw(text: string): Handler {
  return (_call, response) => {
    response.writeHead(200);
    response.end(text);
  };
}

export function event(type: 'ADDED' | 'MODIFIED' | 'DELETED', of: KubeObject): object {
  return { type, object: of };
}

export function bookmark(resourceVersion: string): object {
  return { type: 'BOOKMARK', object: { kind: 'Secret', metadata: { resourceVersion } } };
}

export function errorEvent(code: number, reason: string): object {
  return { type: 'ERROR', object: { kind: 'Status', status: 'Failure', code, reason, message: `test: ${reason}` } };
}

function linesOf(events: readonly object[]): string {
  return events.map((each) => `${JSON.stringify(each)}\n`).join('');
}
