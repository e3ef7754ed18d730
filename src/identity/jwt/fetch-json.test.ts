import { describe, expect, test } from '@jest/globals';
import { CertificateAuthority } from '../../../test/support/certificates.ts';
import { startIssuer } from '../../../test/support/identity/issuer.ts';
import type { Issuer } from '../../../test/support/identity/issuer.ts';
import { FETCH_LIMITS, fetchJSON } from './fetch-json.ts';
import type { FetchLimits } from './fetch-json.ts';

const fetch = async (issuer: Issuer, limits: Partial<FetchLimits> = {}, ca?: string, signal?: AbortSignal) =>
  fetchJSON(new URL(`${issuer.url}/jwks`), {
    ca,
    limits: { ...FETCH_LIMITS, ...limits },
    signal: signal ?? new AbortController().signal,
  });

async function issuerThat(intercept: NonNullable<Issuer['intercept']>): Promise<Issuer> {
  const issuer = await startIssuer({ keys: [] });
  issuer.intercept = intercept;
  return issuer;
}

describe('fetching from an issuer', () => {
  test('gives the document and how long it is good for', async () => {
    await using issuer = await startIssuer({ keys: [] });
    issuer.headers = { 'cache-control': 'max-age=77' };
    expect(await fetch(issuer)).toEqual({ value: { keys: [] }, maxAge: 77 });
  });

  test('over TLS believes the authority of the configuration, and no other', async () => {
    const [own, other] = [await CertificateAuthority.create(), await CertificateAuthority.create()];
    const { certificate: cert, key } = await own.server();
    await using issuer = await startIssuer({ keys: [], tls: { cert, key } });
    expect(await fetch(issuer, {}, own.certificate)).toMatchObject({ value: { keys: [] } });
    for (const authority of [other.certificate, undefined]) {
      await expect(fetch(issuer, {}, authority)).rejects.toMatchObject({
        code: 'Unreachable',
        message: expect.stringContaining('put that authority into issuer.certificateAuthority'),
      });
    }
  });

  test('says that an https URL leads to a port without TLS', async () => {
    await using issuer = await startIssuer({ keys: [] });
    await expect(fetch({ ...issuer, url: issuer.url.replace('http:', 'https:') })).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringContaining('does not speak TLS'),
    });
  });

  test('ends with an answer that never begins', async () => {
    await using issuer = await issuerThat(() => true);
    await expect(fetch(issuer, { totalMilliseconds: 50 })).rejects.toMatchObject({ code: 'Timeout' });
  });

  test('ends with an answer that comes byte by byte', async () => {
    await using issuer = await issuerThat((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
      return true;
    });
    await expect(fetch(issuer, { totalMilliseconds: 100 })).rejects.toMatchObject({ code: 'Timeout' });
  });

  test('ends with an answer that has no end', async () => {
    await using issuer = await issuerThat((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', more);
      more();
      return true;
    });
    await expect(fetch(issuer)).rejects.toMatchObject({
      code: 'TooLarge',
      message: expect.stringContaining('larger than 1048576 bytes'),
    });
  });

  test('ends with a header that has no end', async () => {
    await using issuer = await issuerThat((_request, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1024 * 1024)}`);
      return true;
    });
    await expect(fetch(issuer)).rejects.toMatchObject({ code: 'Unreachable' });
  });

  test('ends when nobody wants it any more', async () => {
    const arrived = Promise.withResolvers<void>();
    await using issuer = await issuerThat(() => {
      arrived.resolve();
      return true;
    });
    const nobody = new AbortController();
    const fetching = fetch(issuer, {}, undefined, nobody.signal);
    await arrived.promise;
    nobody.abort();
    await expect(fetching).rejects.toMatchObject({ code: 'Unreachable' });
    await expect(fetch(issuer, {}, undefined, nobody.signal)).rejects.toMatchObject({ code: 'Unreachable' });
  });

  test('tells where nobody listens, and not what was sent', async () => {
    const issuer = await startIssuer({ keys: [] });
    await issuer[Symbol.asyncDispose]();
    await expect(fetch(issuer)).rejects.toMatchObject({
      code: 'Unreachable',
      message: `${issuer.url}/jwks: cannot be reached (ECONNREFUSED)`,
    });
  });
});
