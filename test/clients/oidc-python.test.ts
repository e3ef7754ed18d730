/** A Python program fetches its token with authlib and calls through each SDK for Python, unmodified. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CertificateAuthority } from '../support/certificates.ts';
import { AUDIENCE, clientSecret, GREETING, GuardedGateway, resourceScope } from '../support/oidc/index.ts';
import { pythonWith } from '../support/python/environment.ts';

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);

const describePython = 'missing' in environment ? describe.skip : describe;

describePython('with a token that authlib fetched', () => {
  let guarded: GuardedGateway;
  let folder: string;
  let results: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-authlib-'));
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const authority = await CertificateAuthority.create();
    const authorities = file('ca.crt', authority.certificate);
    const { certificate, key } = await authority.server();
    // boto3 sends a bearer token over https only.
    const tls = { certFile: file('tls.crt', certificate), privateKeyFile: file('tls.key', key) };
    guarded = await GuardedGateway.start({ algorithm: 'RS256', authority, config: { tls } });
    if ('missing' in environment) return;
    const { stdout } = await promisify(execFile)(environment.python, [`${here}oidc_client.py`], {
      env: {
        ...process.env,
        GATEWAY: `${guarded.gateway.url}/llm/v1/providers`,
        TOKEN_ENDPOINT: `${guarded.idp.issuer}/token`,
        CLIENT_ID: 'ci',
        CLIENT_SECRET: clientSecret,
        RESOURCE: AUDIENCE,
        SCOPE: resourceScope,
        SSL_CERT_FILE: authorities,
        REQUESTS_CA_BUNDLE: authorities,
        AWS_CA_BUNDLE: authorities,
      },
    });
    results = JSON.parse(stdout) as Record<string, unknown>;
  });

  afterAll(async () => {
    await guarded[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test.each(['openai', 'anthropic', 'google-genai', 'boto3'])('calls of %s are answered', (sdk) => {
    expect(results[sdk]).toEqual({ plain: GREETING, streamed: GREETING });
  });

  test('a token with another signature is an AuthenticationError', () => {
    expect(results['tampered']).toEqual({ status: 401, code: 'Unauthenticated' });
  });
});
