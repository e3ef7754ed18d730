/** boto3 against a gateway process; `bedrock_client.py` makes the calls. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeCertificates, type CertificateFiles } from '../support/control-plane/certificates.ts';
import { bedrockKeys, bedrockProvider } from '../support/gateway/bedrock.ts';
import { StandaloneGateway } from '../support/gateway/index.ts';
import { pythonWith } from '../support/python/environment.ts';
import { applicationProfile, bedrock, foundationModels } from '../upstreams/bedrock/index.ts';
import { scenarioHeader, UpstreamServer } from '../upstreams/index.ts';

interface Failure {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly stream: boolean;
}

interface Results extends Readonly<Record<string, unknown>> {
  readonly failures: Readonly<Record<string, Failure | null>>;
  readonly retried: Failure | null;
}

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const TEXT = 'Hello world grüße 日本';

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);

const describePython = 'missing' in environment ? describe.skip : describe;

describePython('boto3', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let results: Results;
  let terminator: Server;
  let folder = '';

  /** TLS in front of the gateway, as an ingress has it. Returns its port. */
  async function terminateTLS({ serverKey, serverCertificate }: CertificateFiles): Promise<number> {
    const options = { key: readFileSync(serverKey), cert: readFileSync(serverCertificate) };
    terminator = createServer(options, (socket) => {
      const inner = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      for (const end of [socket, inner]) end.on('error', () => socket.destroy());
      socket.pipe(inner).pipe(socket);
    });
    await new Promise<void>((resolve) => {
      terminator.listen(0, '127.0.0.1', resolve);
    });
    return (terminator.address() as AddressInfo).port;
  }

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) });
    const revoked = { accessKeyID: 'AKIAREVOKED', secretAccessKey: 'a-secret-that-is-no-more', principal: 'nobody' };
    gateway = await StandaloneGateway.start({
      manifests: {
        'bedrock.yaml': bedrockProvider('bedrock', upstream.origin),
        'limited.yaml': bedrockProvider('limited', upstream.origin, { models: [{ name: CLAUDE }] }),
        'disabled.yaml': bedrockProvider('disabled', upstream.origin, { enabled: false }),
        'wrong-key.yaml': bedrockProvider('wrong-key', upstream.origin, {}, revoked),
      },
    });
    if ('missing' in environment) return;
    folder = mkdtempSync(join(tmpdir(), 'tidegate-boto3-'));
    const files = await writeCertificates(folder);
    const port = await terminateTLS(files);
    const { stdout } = await promisify(execFile)(environment.python, [`${here}bedrock_client.py`], {
      env: {
        ...process.env,
        GATEWAY: `${gateway.url}/llm/v1/providers`,
        SECURE_GATEWAY: `https://127.0.0.1:${port}/llm/v1/providers`,
        AWS_CA_BUNDLE: files.ca,
        SCENARIO_HEADER: scenarioHeader,
        APPLICATION_PROFILE: applicationProfile,
      },
      maxBuffer: 16 * 1024 * 1024,
    });
    results = JSON.parse(stdout) as Results;
  });

  afterAll(async () => {
    terminator.close();
    rmSync(folder, { recursive: true });
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test('every call is answered', () => {
    const answered = { content: [{ text: TEXT }], stop: 'end_turn', output: 4 };
    const streamed = { text: TEXT, output: 4 };
    expect(results).toMatchObject({
      converse: answered,
      converse_by_token: 'end_turn',
      converse_by_arn: answered,
      converse_stream: streamed,
      converse_stream_by_arn: streamed,
      image: answered,
      invoke_claude: TEXT,
      invoke_llama: TEXT,
      invoke_stream: 9,
      odd_pieces: streamed,
      count_tokens: expect.any(Number),
      profiles: [CLAUDE],
      models: foundationModels.length,
    });
  });

  test('a tool is called', () => {
    const toolUse = { name: 'weather', input: { city: 'Zürich', unit: 'C' } };
    expect(results['tool']).toMatchObject({ stop: 'tool_use', content: [{ text: TEXT }, { toolUse }] });
  });

  test('the signature of the caller is dropped, and the path signed as boto3 encodes it', () => {
    const targets = upstream.exchanges.map(({ request }) => request.target);
    expect(targets).toContain(`/model/${encodeURIComponent(applicationProfile)}/converse`);
    for (const { request } of upstream.exchanges) {
      expect(request.rawHeaders.join('\n')).not.toMatch(/AKIACALLER|token-of-the-caller/);
    }
  });

  test.each([
    ['400', 'ValidationException', 400],
    ['403', 'AccessDeniedException', 403],
    ['404', 'ResourceNotFoundException', 404],
    ['429', 'ThrottlingException', 429],
    ['503', 'ServiceUnavailableException', 503],
    ['wrong-key', 'UnrecognizedClientException', 403],
  ])("Bedrock's error %s keeps its type", (name, code, status) => {
    expect(results.failures[name]).toMatchObject({ code, status });
  });

  test('mistake 12: a 429 is tried as often as boto3 is told to', () => {
    expect(results.retried).toMatchObject({ code: 'ThrottlingException' });
    expect(upstream.exchanges.filter(({ status }) => status === 429)).toHaveLength(1 + 3);
  });

  test.each([
    ['limited', 'AccessDeniedException', 'not allowed'],
    ['disabled', 'AccessDeniedException', 'disabled'],
  ])('mistake 13: the refusal of %s is a typed error', (name, code, words) => {
    expect(results.failures[name]).toMatchObject({ type: code, code, status: 403 });
    expect(results.failures[name]?.message).toContain(words);
  });

  test.each(['exception', 'invoke_exception', 'broken_stream'])('a stream that fails raises its error: %s', (name) => {
    expect(results.failures[name]).toMatchObject({ stream: true, code: 'modelStreamErrorException' });
  });
});
