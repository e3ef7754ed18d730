import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { startHarness, type Harness } from '../../test/support/proxy/harness.ts';
import { foreignSiteProblem, isOfForeignPage } from './foreign-site.ts';

const problem = (host: string, origin?: string, publicURL?: string) =>
  foreignSiteProblem(['Host', host, ...(origin === undefined ? [] : ['Origin', origin])], publicURL);

describe('a request to a gateway that asks for no credential', () => {
  test.each([
    ['127.0.0.1:8080', undefined],
    ['localhost:8080', 'http://localhost:3000'],
    ['LOCALHOST.', undefined],
    ['[::1]:8080', 'http://[::1]:3000'],
    ['gateway:8080', undefined],
    ['host.docker.internal:8080', undefined],
    ['127.0.0.1:8080', 'https://app.localhost'],
    ['127.0.0.1:8080', 'http://127.0.0.1:5173'],
    ['host.docker.internal:8080', 'http://host.docker.internal:8080'],
    ['[fd00::1]:8080', 'http://[fd00::1]:8080'],
    ['127.0.0.1:8080', 'app://notes'],
    ['127.0.0.1:8080', 'vscode-webview://abc'],
  ])('by the host %s from %s may go on', (host, origin) => expect(problem(host, origin)).toBeUndefined());

  test.each([
    ['127.0.0.1:8080', 'https://example.com'],
    ['127.0.0.1:8080', 'http://203.0.113.5'],
    ['127.0.0.1:8080', 'http://localhost.example.com'],
    ['127.0.0.1:8080', 'http://127.0.0.1.example.com'],
    ['127.0.0.1:8080', 'null'],
    ['127.0.0.1:8080', ''],
    ['example.com:8080', undefined],
    ['example.com:8080', 'http://example.com:8080'],
    ['example.com.', undefined],
    ['localhost.example.com', undefined],
    ['127.0.0.1.example.com', undefined],
  ])('by the host %s from %s is of another site', (host, origin) => expect(problem(host, origin)).toBeDefined());

  test('by the configured public URL, and from it, may go on', () => {
    expect(problem('llm.example.com', 'https://llm.example.com', 'https://llm.example.com/base')).toBeUndefined();
    expect(problem('llm.example.com', 'https://example.com', 'https://llm.example.com')).toBeDefined();
  });
});

describe('a request with a client certificate', () => {
  const host = ['Host', 'llm.example.com:8443'];
  test.each([
    [[]],
    [['Origin', 'https://llm.example.com:8443']],
    [['Origin', 'https://LLM.example.com']],
    [['Sec-Fetch-Site', 'same-origin', 'Origin', 'https://llm.example.com']],
    [['Sec-Fetch-Site', 'none']],
    [['Origin', 'vscode-webview://abc']],
  ])('and %j is of no other site', (headers) => expect(isOfForeignPage([...host, ...headers])).toBe(false));

  test.each([
    [['Origin', 'https://evil.example']],
    [['Origin', 'https://llm.example.com.evil.example']],
    [['Origin', 'null']],
    [['Sec-Fetch-Site', 'cross-site']],
    [['Sec-Fetch-Site', 'same-site']],
    [['origin', 'https://llm.example.com', 'sec-fetch-site', 'cross-site']],
  ])('and %j is of another site’s page', (headers) => expect(isOfForeignPage([...host, ...headers])).toBe(true));

  test('to an address is not of another site when the page is of that address', () => {
    expect(isOfForeignPage(['Host', '[::1]:8443', 'Origin', 'https://[::1]:8443'])).toBe(false);
    expect(isOfForeignPage(['Origin', 'https://127.0.0.1', 'Host', '127.0.0.1'])).toBe(false);
  });
});

describe('a web page of another site', () => {
  let harness: Harness | undefined;
  let calls = 0;
  const start = async (localOnly: boolean): Promise<Harness> => {
    calls = 0;
    const count = (): void => void (calls += 1);
    harness = await startHarness({
      localOnly,
      onRequest: (_request, response) => {
        count();
        response.end('{}');
      },
      onUpgrade: (_request, socket) => {
        count();
        socket.end('HTTP/1.1 418 No\r\ncontent-length: 0\r\n\r\n');
      },
    });
    return harness;
  };
  const ask = async (url: string, headers: Readonly<Record<string, string>>) => {
    const sent = request(`${url}/models`, { headers }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return [response.statusCode, response.headers['x-tidegate-error']];
  };
  const open = async (url: string, origin: string): Promise<string> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/realtime?model=gpt-realtime`, { origin });
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    response.resume();
    return String(response.statusCode);
  };
  afterEach(async () => harness?.[Symbol.asyncDispose]());

  test('opens no WebSocket at a gateway on loopback that asks for no credential', async () => {
    const { url } = await start(true);
    expect(await open(url, 'https://example.com')).toBe('403');
    expect(calls).toBe(0);
    expect(await open(url, 'http://localhost:3000')).toBe('418');
    expect(calls).toBe(1);
  });

  test('calls nothing there, not by a name that has come to mean loopback either', async () => {
    const { url } = await start(true);
    expect(await ask(url, { origin: 'https://example.com' })).toEqual([403, 'Forbidden']);
    expect(await ask(url, { host: 'rebound.example.com:8080' })).toEqual([403, 'Forbidden']);
    expect(calls).toBe(0);
    expect(await ask(url, {})).toEqual([200, undefined]);
  });

  test('is no matter to a gateway that asks for credentials', async () => {
    const { url } = await start(false);
    expect(await ask(url, { host: 'llm.example.com', origin: 'https://example.com' })).toEqual([200, undefined]);
  });
});
