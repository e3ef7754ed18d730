/** A Python program fetches its token with authlib and calls through each SDK for Python, unmodified. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TLSFront } from '../support/gateway/tls-front.ts';
import { AUDIENCE, clientSecret, GREETING, GuardedGateway, resourceScope } from '../support/oidc/index.ts';
import { pythonWith } from '../support/python/environment.ts';

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);

const describePython = 'missing' in environment ? describe.skip : describe;

describePython('with a token that authlib fetched', () => {
  let guarded: GuardedGateway;
  let front: TLSFront;
  let results: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    guarded = await GuardedGateway.start({ algorithm: 'RS256' });
    // boto3 sends a bearer token over https only.
    front = await TLSFront.start(guarded.gateway.url);
    if ('missing' in environment) return;
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-authlib-'));
    const authorities = join(folder, 'ca.crt');
    writeFileSync(authorities, `${front.ca}\n${guarded.idp.ca}\n`);
    try {
      const { stdout } = await promisify(execFile)(environment.python, [`${here}oidc_client.py`], {
        env: {
          ...process.env,
          GATEWAY: `${front.origin}/llm/v1/providers`,
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
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  afterAll(async () => {
    await front[Symbol.asyncDispose]();
    await guarded[Symbol.asyncDispose]();
  });

  test.each(['openai', 'anthropic', 'google-genai', 'boto3'])('calls of %s are answered', (sdk) => {
    expect(results[sdk]).toEqual({ plain: GREETING, streamed: GREETING });
  });

  test('a token with another signature is an AuthenticationError', () => {
    expect(results['tampered']).toEqual({ status: 401, code: 'Unauthenticated' });
  });
});
