import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTLS } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CertificateAuthority } from '../../../test/support/certificates.ts';
import type { CertificateRequest, IssuedCertificate } from '../../../test/support/certificates.ts';
import { headers, material, preface, RawClient, record, until } from '../../../test/support/exchange.ts';
import type { Recorded, Recorder } from '../../../test/support/exchange.ts';
import type { Limits } from '../../config/types.ts';
import { Handshakes } from '../tls/handshakes.ts';
import type { Exchange } from './exchange.ts';

let authority: CertificateAuthority;
let server: IssuedCertificate;
beforeAll(async () => {
  authority = await CertificateAuthority.create();
  server = await authority.server();
});

let recorder: Recorder;
let handshakes: Handshakes;
const ends: (() => void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  recorder.destroy();
  await recorder.stop();
});

const answering = ({ exchange, told }: Recorded): void => {
  if (told.length > 0) return;
  exchange.head(200, ['content-length', '2']);
  exchange.end(Buffer.from('ok'));
};

/**
 * @param clientAuthorities PEM; undefined: clients are asked for no certificate
 * @param handshakeSeconds default: as long as a head may take
 */
async function start(
  drive: (recorded: Recorded, index: number) => void,
  limits: Partial<Limits> = {},
  clientAuthorities?: string,
  handshakeSeconds = limits.headerSeconds ?? 30,
): Promise<Recorder> {
  handshakes = new Handshakes(material(server, clientAuthorities), handshakeSeconds * 1000);
  recorder = await record(drive, limits, handshakes);
  return recorder;
}

const GET = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

async function openTLS(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTLS({ host: '127.0.0.1', port: recorder.port, ca: authority.certificate, ...options });
  socket.on('error', () => undefined);
  ends.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

async function openTCP(): Promise<Socket> {
  const socket = connect(recorder.port, '127.0.0.1');
  socket.on('error', () => undefined);
  ends.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

function openHTTP2(options: ConnectionOptions = {}): ClientHttp2Session {
  const session = http2Connect(`https://localhost:${recorder.port}`, { ca: authority.certificate, ...options });
  // A connection that the server ends may be reset.
  session.on('error', () => undefined);
  return session;
}

describe('which protocol is spoken', () => {
  test.each([
    ['h2 is preferred when both are offered', ['http/1.1', 'h2'], 'h2'],
    ['h2 alone', ['h2'], 'h2'],
    ['http/1.1 alone', ['http/1.1'], 'http/1.1'],
    ['nothing is offered: HTTP/1.1', undefined, false],
  ])('%s', async (_what, offered, expected) => {
    await start(answering);
    const socket = await openTLS(offered && { ALPNProtocols: offered });
    expect(socket.alpnProtocol).toBe(expected);
  });

  test('a client that offers neither is refused in the handshake', async () => {
    await start(answering);
    const socket = connectTLS({
      port: recorder.port,
      host: '127.0.0.1',
      ca: authority.certificate,
      ALPNProtocols: ['spdy/3'],
    });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  });

  test('requests come over HTTP/1.1 and over HTTP/2', async () => {
    const { port, exchanges } = await start(answering);
    const ca = authority.certificate;
    const request = httpsRequest({ host: '127.0.0.1', port, ca, agent: false })
      .on('error', () => undefined)
      .end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    const session = openHTTP2();
    const stream = session.request({ ':path': '/two' });
    stream.resume();
    await once(stream, 'end');
    await new Promise<void>((resolve) => session.close(resolve));
    expect(exchanges.map(({ exchange }) => exchange.protocol)).toEqual(['HTTP/1.1', 'HTTP/2']);
  });

  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is not', async (version) => {
    await start(answering);
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const options = { minVersion: version, maxVersion: version, ciphers, ca: authority.certificate };
    const socket = connectTLS({ port: recorder.port, host: '127.0.0.1', ...options });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    await until(() => handshakes.failed === 1);
  });
});

describe('clients that do not finish a handshake', () => {
  test('and say nothing are given up in time, and counted while they are there', async () => {
    // Long enough for all of them to be there before the first is given up.
    const listener = await start(answering, { headerSeconds: 2 });
    const silent = await Promise.all(Array.from({ length: 50 }, openTCP));
    await until(() => listener.connections === 50);
    for (const socket of silent) socket.resume();
    await until(() => silent.every(({ closed }) => closed));
    await until(() => listener.connections === 0);
  });

  test.each([
    ['stop in the middle of their first message', [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]],
    ['announce a message and send zeros', [0x16, 0x03, 0x01, 0x00, 0x05, 0, 0, 0, 0, 0]],
    ['send garbage after the first byte', [0x16, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['begin with a byte that is neither TLS nor HTTP', [0x80, 0x2e, 0x01]],
  ])('because they %s are given up', async (_what, bytes) => {
    const listener = await start(answering, { headerSeconds: 0.2 });
    const socket = await openTCP();
    socket.resume();
    socket.write(Buffer.from(bytes));
    await once(socket, 'close');
    await until(() => listener.connections === 0);
    expect(listener.exchanges).toHaveLength(0);
  });

  test('and drip their bytes are given up all the same', async () => {
    const listener = await start(answering, { headerSeconds: 0.2 });
    const socket = await openTCP();
    socket.resume();
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x40, 0x00]));
    const drip = setInterval(() => socket.write('\0'), 10);
    ends.push(() => clearInterval(drip));
    await once(socket, 'close');
    await until(() => listener.connections === 0);
    expect(handshakes.failed).toBe(1);
  });

  test('whatever they begin with, are given up, and do no harm', async () => {
    const listener = await start(answering, { headerSeconds: 0.1 });
    const beginning = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      // A record of a handshake, with a message of any kind in it.
      fc
        .uint8Array({ minLength: 4, maxLength: 200 })
        .map((rest) => Uint8Array.of(0x16, 0x03, 0x01, 0, rest.length, 0x01, ...rest)),
    );
    await fc.assert(
      fc.asyncProperty(beginning, async (bytes) => {
        const socket = await openTCP();
        socket.resume();
        socket.end(bytes);
        await once(socket, 'close');
      }),
      { numRuns: 200 },
    );
    await until(() => listener.connections === 0);
    expect(listener.exchanges).toHaveLength(0);
  });

  test('or hang up in the middle of one do no harm', async () => {
    const listener = await start(answering);
    for (let i = 0; i < 10; i += 1) {
      const socket = await openTCP();
      socket.write(Buffer.from([0x16, 0x03, 0x01]));
      if (i % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    await until(() => listener.connections === 0);
    const good = await openTLS();
    good.write(GET);
    await until(() => listener.exchanges.length === 1);
  });

  test('do not hold up the end of the listener', async () => {
    const listener = await start(answering);
    const silent = await openTCP();
    const begun = await openTCP();
    begun.write(Buffer.from([0x16, 0x03, 0x01]));
    await until(() => listener.connections === 2);
    const stopped = listener.stop();
    listener.destroy();
    await stopped;
    await until(() => silent.closed && begun.closed);
  });
});

describe('after the handshake', () => {
  test('who sends no head is given up, over both protocols', async () => {
    const listener = await start(answering, { headerSeconds: 0.1 }, undefined, 30);
    const [first, second] = [await openTLS({ ALPNProtocols: ['h2'] }), await openTLS()];
    first.resume();
    second.resume();
    await until(() => first.closed && second.closed);
    await until(() => listener.connections === 0);
    expect(listener.exchanges).toHaveLength(0);
  });

  test('an idle kept connection is closed after a while', async () => {
    const listener = await start(answering, { keepAliveSeconds: 0.1 });
    const socket = await openTLS();
    socket.resume();
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await until(() => listener.connections === 0);
    expect(listener.exchanges).toHaveLength(1);
  });

  test('the end of the listener closes what is idle and waits for what is not', async () => {
    let open: Exchange | undefined;
    const listener = await start(({ exchange, told }) => {
      if (told.length > 0) return;
      exchange.head(200, []);
      exchange.write(Buffer.from('begun'));
      open = exchange;
    });
    const agent = new Agent({ keepAlive: true });
    const request = httpsRequest({ port: listener.port, host: '127.0.0.1', ca: authority.certificate, agent })
      .on('error', () => undefined)
      .end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.on('data', (chunk) => (text += String(chunk)));
    await until(() => text === 'begun');
    const stopped = listener.stop();
    open?.endAndClose(Buffer.from(', ended'));
    await stopped;
    await until(() => text === 'begun, ended' && listener.connections === 0);
  });

  test.each(['h2', 'http/1.1'])('bytes that are no TLS end a connection of %s and its request', async (protocol) => {
    const listener = await start(({ exchange, told }) => {
      if (told.length === 0) exchange.head(200, []);
    });
    const tcp = await openTCP();
    const socket = await openTLS({ socket: tcp, ALPNProtocols: [protocol] });
    socket.resume();
    socket.write(protocol === 'h2' ? Buffer.concat([preface(), headers('GET', 1)]) : GET);
    await until(() => listener.exchanges.length === 1);
    tcp.write('these are not bytes of TLS');
    await until(() => listener.connections === 0);
    expect(listener.exchanges[0]?.told).toEqual(['hangUp']);
  });

  test('renegotiation is not spoken', async () => {
    await start(answering);
    const socket = await openTLS({ maxVersion: 'TLSv1.2' });
    const refused = new Promise((resolve) => {
      socket.once('error', resolve);
      socket.renegotiate({}, resolve);
    });
    expect(await refused).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' });
  });
});

describe('a client that speaks HTTP without TLS', () => {
  test('is told so', async () => {
    const { port, exchanges } = await start(answering);
    const request = httpRequest({ host: '127.0.0.1', port, method: 'POST' });
    request.on('error', () => undefined).end('{}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    expect([response.statusCode, response.headers['x-tidegate-error']]).toEqual([400, 'InvalidRequest']);
    expect(body).toContain('https://');
    expect(exchanges).toHaveLength(0);
  });

  test('and never closes its end is not waited for', async () => {
    const listener = await start(answering);
    const client = await RawClient.open(listener.port, { allowHalfOpen: true });
    ends.push(() => client.socket.destroy());
    client.socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await until(() => client.socket.readableEnded);
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
    await until(() => listener.connections === 0);
  });
});

describe('a new certificate', () => {
  test('is shown to new connections, while those of before live on', async () => {
    await start(({ exchange, told }) => {
      if (told.length > 0) return;
      exchange.head(200, []);
      exchange.write(Buffer.from('x'));
    });
    const before = await openTLS();
    before.write(GET);
    await once(before, 'data');
    const renewed = await authority.server();
    handshakes.use(material(renewed));
    const after = await openTLS();
    expect(after.getPeerX509Certificate()?.fingerprint256).not.toBe(before.getPeerX509Certificate()?.fingerprint256);
    recorder.exchanges[0]?.exchange.end(Buffer.from('y'));
    await once(before, 'close');
  });
});

describe('client certificates', () => {
  const day = 24 * 60 * 60 * 1000;
  const ago = (days: number): Date => new Date(Date.now() - days * day);
  const request = (over: Partial<CertificateRequest> = {}): CertificateRequest => ({
    subject: 'CN=ci,O=builders,O=deployers',
    usages: ['clientAuth'],
    ...over,
  });
  const ask = async (
    certificate: IssuedCertificate | undefined,
    options: ConnectionOptions = {},
  ): Promise<Exchange> => {
    const index = recorder.exchanges.length;
    const socket = await openTLS({
      ...(certificate && { cert: certificate.certificate, key: certificate.key }),
      ...options,
    });
    socket.resume();
    socket.write(GET);
    await until(() => recorder.exchanges.length > index);
    const exchange = recorder.exchanges[index]?.exchange;
    if (exchange === undefined) throw new Error('no exchange');
    return exchange;
  };

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s: one that verifies names its owner', async (maxVersion) => {
    await start(answering, {}, authority.certificate);
    const certificate = await authority.issue(request());
    const exchange = await ask(certificate, { maxVersion });
    expect(exchange.clientCertificate).toEqual({
      commonName: 'ci',
      organizations: ['builders', 'deployers'],
      notAfter: expect.any(Number),
    });
    expect(exchange.certificateProblem).toBeUndefined();
  });

  test('over HTTP/2 every request of the connection has it', async () => {
    const { exchanges } = await start(answering, {}, authority.certificate);
    const { certificate: cert, key } = await authority.issue(request());
    const session = openHTTP2({ cert, key });
    for (const path of ['/1', '/2']) {
      const stream = session.request({ ':path': path });
      stream.resume();
      await once(stream, 'end');
    }
    await new Promise<void>((resolve) => session.close(resolve));
    expect(exchanges.map(({ exchange }) => exchange.clientCertificate?.commonName)).toEqual(['ci', 'ci']);
  });

  test('one of an intermediate that the client sends along verifies', async () => {
    await start(answering, {}, authority.certificate);
    const intermediate = await authority.subordinate('CN=intermediate');
    expect((await ask(await intermediate.issue(request()))).clientCertificate?.commonName).toBe('ci');
  });

  test('who has none is served without', async () => {
    await start(answering, {}, authority.certificate);
    const exchange = await ask(undefined);
    expect([exchange.clientCertificate, exchange.certificateProblem]).toEqual([undefined, undefined]);
  });

  test('where none is asked for, none counts', async () => {
    await start(answering);
    const exchange = await ask(await authority.issue(request()));
    expect([exchange.clientCertificate, exchange.certificateProblem]).toEqual([undefined, undefined]);
  });

  test.each<[string, () => Promise<IssuedCertificate>, RegExp]>([
    ['has expired', () => authority.issue(request({ notBefore: ago(9), notAfter: ago(1) })), /has expired/],
    ['is not valid yet', () => authority.issue(request({ notBefore: ago(-1), notAfter: ago(-9) })), /not valid yet/],
    [
      "is of another authority, though of the same authority's name",
      async () => (await CertificateAuthority.create()).issue(request()),
      /not from an authority/,
    ],
    ['is a server’s', () => authority.issue(request({ usages: ['serverAuth'] })), /lacks clientAuth/],
    ['names no usage', () => authority.issue(request({ usages: [] })), /lacks clientAuth/],
    ['has two CNs', () => authority.issue(request({ subject: [{ CN: ['a'] }, { CN: ['b'] }] })), /more than one CN/],
    ['has a line feed in its CN', () => authority.issue(request({ subject: [{ CN: ['a\nO=x'] }] })), /control/],
    ['has a NUL in an O', () => authority.issue(request({ subject: [{ CN: ['a'] }, { O: ['b\0c'] }] })), /control/],
  ])('one that %s counts as none, and its owner can be told why', async (_what, issue, why) => {
    await start(answering, {}, authority.certificate);
    const exchange = await ask(await issue());
    expect(exchange.clientCertificate).toBeUndefined();
    expect(exchange.certificateProblem).toMatch(why);
  });

  test('a certificate of a client may not issue others', async () => {
    await start(answering, {}, authority.certificate);
    const other = await CertificateAuthority.create('CN=ci,O=builders');
    const [forged, owned] = [await other.issue(request()), await authority.issue(request())];
    const chain = `${forged.certificate}${owned.certificate}`;
    expect((await ask({ certificate: chain, key: forged.key })).clientCertificate).toBeUndefined();
  });

  test.each<[string, CertificateRequest['subject'], string, string[]]>([
    ['a value that looks like another attribute', [{ CN: ['x, O=system:masters'] }], 'x, O=system:masters', []],
    ['an escape', [{ CN: [{ utf8String: 'a\\,b+c=d"e' }] }], 'a\\,b+c=d"e', []],
    ['names of other scripts', [{ CN: ['グループ'] }, { O: ['Zürich'] }], 'グループ', ['Zürich']],
    ['a 16-bit string', [{ CN: [{ bmpString: 'Łódź' }] }], 'Łódź', []],
    ['two attributes in one part', [{ O: ['a', 'b'] }, { O: ['c'] }], '', ['a', 'b', 'c']],
    ['an attribute called __proto__', [{ CN: ['a'] }, { '1.2.3.4': [{ utf8String: '__proto__' }] }], 'a', []],
  ])('a subject with %s is read as it is', async (_what, subject, commonName, organizations) => {
    await start(answering, {}, authority.certificate);
    const exchange = await ask(await authority.client(subject));
    expect(exchange.clientCertificate).toMatchObject({ commonName, organizations });
  });

  describe('after the authorities have changed', () => {
    test.each(['TLSv1.2', 'TLSv1.3'] as const)('a %s session of before vouches for nobody', async (maxVersion) => {
      await start(answering, {}, authority.certificate);
      const certificate = await authority.issue(request());
      let session: Buffer | undefined;
      const connecting = async (): Promise<[boolean, Exchange]> => {
        const socket = await openTLS({
          cert: certificate.certificate,
          key: certificate.key,
          maxVersion,
          ...(session && { session }),
        });
        const index = recorder.exchanges.length;
        // Over TLS 1.3 it comes later, and over TLS 1.2 it is here.
        session = socket.getSession();
        socket.on('session', (ticket: Buffer) => (session = ticket));
        socket.write(GET);
        socket.resume();
        const isReused = socket.isSessionReused();
        await once(socket, 'close');
        return [isReused, (recorder.exchanges[index] as Recorded).exchange];
      };
      await connecting();
      const [isReused, resumed] = await connecting();
      expect([isReused, resumed.clientCertificate?.commonName]).toEqual([true, 'ci']);
      const other = await CertificateAuthority.create();
      handshakes.use(material(server, other.certificate));
      const [isReusedStill, refused] = await connecting();
      expect([isReusedStill, refused.clientCertificate]).toEqual([false, undefined]);
    });

    test('a handshake that began before is not taken for one of after', async () => {
      const listener = await start(answering, {}, authority.certificate);
      const { certificate: cert, key } = await authority.issue(request());
      const tcp = await openTCP();
      // What the client sends after its first message is held up on its way: its certificate is in there.
      let messages = 0;
      let release: (() => void) | undefined;
      const way = new Duplex({
        read: () => undefined,
        write: (bytes: Buffer, _encoding, done) => {
          const pass = (): void => {
            tcp.write(bytes);
            done();
          };
          messages += 1;
          if (messages === 2) release = pass;
          else pass();
        },
      });
      tcp.on('data', (bytes: Buffer) => way.push(bytes));
      tcp.on('close', () => way.destroy());
      const socket = connectTLS({ socket: way, host: '127.0.0.1', ca: authority.certificate, cert, key });
      socket.on('error', () => undefined);
      ends.push(() => socket.destroy());
      socket.write(GET);
      await until(() => release !== undefined);
      handshakes.use(material(server, (await CertificateAuthority.create()).certificate));
      release?.();
      await until(() => listener.connections === 0);
      expect(listener.exchanges).toHaveLength(0);
    });

    test('a kept connection with a certificate ends with its next answer, one without does not', async () => {
      const { port } = await start(answering, {}, authority.certificate);
      const { certificate: cert, key } = await authority.issue(request());
      const keeping = (options: object): (() => Promise<IncomingMessage>) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        ends.push(() => agent.destroy());
        return async () => {
          const asked = httpsRequest({ host: '127.0.0.1', port, ca: authority.certificate, agent, ...options })
            .on('error', () => undefined)
            .end();
          const [response] = (await once(asked, 'response')) as [IncomingMessage];
          response.resume();
          await once(response, 'end');
          return response;
        };
      };
      const certified = keeping({ cert, key });
      const other = keeping({});
      const session = openHTTP2({ cert, key });
      const stream = session.request({ ':path': '/' });
      stream.resume();
      await once(stream, 'end');
      for (const ask of [certified, other]) expect((await ask()).headers.connection).not.toBe('close');
      const ended = once(session, 'close');
      handshakes.use(material(server, (await CertificateAuthority.create()).certificate));
      await ended;
      expect((await certified()).headers.connection).toBe('close');
      expect((await other()).headers.connection).not.toBe('close');
    });
  });
});
