/** Each way in which a gateway comes by credentials of AWS, end to end: from its environment to a signature that AWS takes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { collect, post, provider, secret, send, StandaloneGateway } from '../support/gateway/index.ts';
import type { RawAnswer } from '../support/gateway/index.ts';
import {
  InstanceMetadata,
  KeyRing,
  PodIdentityAgent,
  SecurityTokenService,
  SignedService,
} from '../upstreams/aws/index.ts';
import type { Key } from '../upstreams/aws/index.ts';

const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';
const EXTERNAL_ID = 'external-id-of-the-team';
const WEB_TOKEN = 'web-identity-token-d4f1';
const SUBJECT = 'system:serviceaccount:tidegate:tidegate-proxy';
const GATEWAY: Key = {
  accessKeyID: 'AKIAGATEWAY',
  secretAccessKey: 'c2VjcmV0LW9mLXRoZS1nYXRld2F5',
  principal: `arn:aws:iam::${ACCOUNT}:user/gateway`,
};
const INSTANCE_ROLE = `arn:aws:iam::${ACCOUNT}:role/node`;
const POD_ROLE = `arn:aws:iam::${ACCOUNT}:role/pod`;
const BEDROCK_ROLE = `arn:aws:iam::${ACCOUNT}:role/bedrock`;
const WEB_ROLE = `arn:aws:iam::${ACCOUNT}:role/irsa`;
const CALL = '/model/eu.amazon.nova-lite-v1%3A0/converse';

let keys: KeyRing;
let sts: SecurityTokenService;
let bedrock: SignedService;
let folder: string;

beforeAll(async () => {
  keys = new KeyRing(GATEWAY);
  sts = await SecurityTokenService.start({
    keys,
    region: REGION,
    roles: [
      { arn: BEDROCK_ROLE, trusts: [GATEWAY.principal, INSTANCE_ROLE], externalID: EXTERNAL_ID },
      { arn: WEB_ROLE, trusts: [SUBJECT] },
      { arn: POD_ROLE, trusts: [GATEWAY.principal] },
    ],
    webIdentities: new Map([[WEB_TOKEN, SUBJECT]]),
  });
  bedrock = await SignedService.start({ keys, service: 'bedrock', region: REGION });
  folder = mkdtempSync(join(tmpdir(), 'tidegate-aws-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await bedrock[Symbol.asyncDispose]();
  await sts[Symbol.asyncDispose]();
});

beforeEach(() => {
  sts.mood = 'Well';
  sts.lifetimeSeconds = 3600;
});

afterEach(() => {
  for (const list of [sts.calls, sts.requests, bedrock.callers, bedrock.requests]) list.length = 0;
});

/** Writes a file and returns its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function bedrockProvider(name: string, credentials: object = { type: 'DefaultChain' }, more: object = {}): object {
  const spec = { type: 'Bedrock', baseURL: bedrock.url, bedrock: { region: REGION, credentials }, ...more };
  return { apiVersion: 'tidegate.io/v1alpha1', kind: 'LLMProvider', metadata: { name }, spec };
}

/** A gateway whose environment says of AWS just this. */
function start(env: Readonly<Record<string, string>>, ...documents: object[]): Promise<StandaloneGateway> {
  return StandaloneGateway.start({
    manifests: { 'bedrock.yaml': documents.length === 0 ? [bedrockProvider('bedrock')] : documents },
    env: {
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_REGION: REGION,
      ...env,
    },
  });
}

const ENVIRONMENT_KEYS = {
  AWS_ACCESS_KEY_ID: GATEWAY.accessKeyID,
  AWS_SECRET_ACCESS_KEY: GATEWAY.secretAccessKey,
};

function call(gateway: StandaloneGateway, name = 'bedrock'): Promise<RawAnswer> {
  return post(gateway.provider(name) + CALL, { messages: [] });
}

/** Makes a call that must succeed, and says who AWS took the gateway for. */
async function callerOf(gateway: StandaloneGateway, name?: string): Promise<string | undefined> {
  const answer = await call(gateway, name);
  expect([answer.status, answer.body.toString()]).toEqual([200, '{}']);
  return bedrock.callers.at(-1);
}

/** The first line of the log that `is`; it is written in batches. */
function logged(
  gateway: StandaloneGateway,
  is: (line: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  return waitFor('a line of the log', () => gateway.process.logLines().find(is));
}

function refusalOf(answer: RawAnswer): [status: number, code: string | undefined, message: string] {
  const { message } = JSON.parse(answer.body.toString()) as { message: string };
  return [answer.status, answer.headers['x-tidegate-error'], message];
}

describe('the default chain finds', () => {
  test('keys in the environment', async () => {
    await using gateway = await start(ENVIRONMENT_KEYS);
    expect(await callerOf(gateway)).toBe(GATEWAY.principal);
  });

  test('temporary keys in the environment', async () => {
    const key = keys.issue(POD_ROLE, 3600);
    await using gateway = await start({
      AWS_ACCESS_KEY_ID: key.accessKeyID,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_SESSION_TOKEN: key.sessionToken,
    });
    expect(await callerOf(gateway)).toBe(POD_ROLE);
  });

  test('keys and roles in the shared configuration', async () => {
    const lines = (id: string, key: string): string => `aws_access_key_id = ${id}\naws_secret_access_key = ${key}\n`;
    const credentials = file('credentials', `[default]\n${lines(GATEWAY.accessKeyID, GATEWAY.secretAccessKey)}`);
    const config = file(
      'config',
      `[default]\nregion = ${REGION}\n[profile pod]\nrole_arn = ${POD_ROLE}\nsource_profile = default\nrole_session_name = shared\n`,
    );
    const files = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config };
    await using byDefault = await start(files);
    expect(await callerOf(byDefault)).toBe(GATEWAY.principal);
    await using byProfile = await start({ ...files, AWS_PROFILE: 'pod' });
    expect(await callerOf(byProfile)).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/pod/shared`);
  });

  test('the next keys of a file that was rotated, when AWS does not know the last ones any more', async () => {
    const lines = (key: Key): string =>
      `[default]\naws_access_key_id = ${key.accessKeyID}\naws_secret_access_key = ${key.secretAccessKey}\n`;
    const first = { accessKeyID: 'AKIAFIRST', secretAccessKey: 'secret-1', principal: GATEWAY.principal };
    const next = { accessKeyID: 'AKIASECOND', secretAccessKey: 'secret-2', principal: POD_ROLE };
    keys.add(first);
    const credentials = file('rotated', lines(first));
    await using gateway = await start({ AWS_SHARED_CREDENTIALS_FILE: credentials });
    expect(await callerOf(gateway)).toBe(GATEWAY.principal);
    file('rotated', lines(next));
    keys.revoke(first.accessKeyID);
    keys.add(next);
    await waitFor('the next keys', async () => (await call(gateway)).status === 200);
    expect(bedrock.callers.at(-1)).toBe(POD_ROLE);
  });

  test('a web identity (IRSA)', async () => {
    await using gateway = await start({
      AWS_ROLE_ARN: WEB_ROLE,
      AWS_WEB_IDENTITY_TOKEN_FILE: file('web-token', WEB_TOKEN),
      AWS_ROLE_SESSION_NAME: 'tidegate-proxy',
    });
    expect(await callerOf(gateway)).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/irsa/tidegate-proxy`);
    await callerOf(gateway);
    expect(sts.calls.map(({ action, caller }) => [action, caller])).toEqual([['AssumeRoleWithWebIdentity', SUBJECT]]);
    // Nobody signs this call: the token is the proof.
    expect(sts.requests[0]?.header('authorization')).toBeUndefined();
    expect(gateway.process.log() + (await gateway.process.metricsText())).not.toContain(WEB_TOKEN);
  });

  test('the instance profile', async () => {
    await using metadata = await InstanceMetadata.start({ keys, roleARN: INSTANCE_ROLE });
    await using gateway = await start({
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    });
    expect(await callerOf(gateway)).toBe(INSTANCE_ROLE);
    const asked = metadata.requests.length;
    await callerOf(gateway);
    expect(metadata.requests).toHaveLength(asked);
  });

  test('EKS Pod Identity, whose token changes in its file', async () => {
    await using agent = await PodIdentityAgent.start({
      keys,
      roleARN: POD_ROLE,
      token: 'first-token',
      lifetimeSeconds: 3,
    });
    const token = file('pod-token', 'first-token');
    await using gateway = await start({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.credentialsURL,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token,
    });
    expect(await callerOf(gateway)).toBe(POD_ROLE);
    file('pod-token', 'second-token');
    agent.token = 'second-token';
    await waitFor('another fetch', async () => {
      expect(await callerOf(gateway)).toBe(POD_ROLE);
      return agent.requests.some((request) => request.header('authorization') === 'second-token');
    });
    expect(await callerOf(gateway)).toBe(POD_ROLE);
  });
});

describe('a role that is assumed', () => {
  const assumeRole = { roleARN: BEDROCK_ROLE, externalID: EXTERNAL_ID };

  test('has the external id and the session name of the provider', async () => {
    await using gateway = await start(
      ENVIRONMENT_KEYS,
      bedrockProvider('named', { type: 'AssumeRole', assumeRole: { ...assumeRole, sessionName: 'team-search' } }),
      bedrockProvider('unnamed', { type: 'AssumeRole', assumeRole }),
    );
    const role = `arn:aws:sts::${ACCOUNT}:assumed-role/bedrock`;
    expect(await callerOf(gateway, 'named')).toBe(`${role}/team-search`);
    expect(await callerOf(gateway, 'unnamed')).toBe(`${role}/tidegate-default-unnamed`);
    expect(sts.calls.map(({ action, caller }) => [action, caller])).toEqual([
      ['AssumeRole', GATEWAY.principal],
      ['AssumeRole', GATEWAY.principal],
    ]);
    expect(sts.calls[0]?.parameters).toMatchObject({ RoleArn: BEDROCK_ROLE, ExternalId: EXTERNAL_ID });
  });

  test('can be assumed by an identity that comes from a metadata service', async () => {
    await using metadata = await InstanceMetadata.start({ keys, roleARN: INSTANCE_ROLE });
    await using gateway = await start(
      { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url },
      bedrockProvider('bedrock', { type: 'AssumeRole', assumeRole }),
    );
    expect(await callerOf(gateway)).toContain('assumed-role/bedrock/');
    expect(sts.calls[0]?.caller).toBe(INSTANCE_ROLE);
  });

  test('may not be assumed with another external id, which callers are told', async () => {
    await using gateway = await start(
      ENVIRONMENT_KEYS,
      bedrockProvider('bedrock', { type: 'AssumeRole', assumeRole: { ...assumeRole, externalID: 'of-somebody-else' } }),
    );
    const answer = await call(gateway);
    const [status, code, message] = refusalOf(answer);
    expect([status, code]).toEqual([503, 'CredentialsUnavailable']);
    expect(answer.headers['x-amzn-errortype']).toBe('ServiceUnavailableException');
    expect(message).toBe(
      `The provider "bedrock" cannot be called: assuming the role ${BEDROCK_ROLE} gave no credentials of AWS: ` +
        `AccessDenied: User: ${GATEWAY.principal} is not authorized to perform: sts:AssumeRole on resource: ${BEDROCK_ROLE}.`,
    );
    expect(bedrock.requests).toHaveLength(0);
  });

  test('that expires is renewed before a request could fail, without one that waits for each', async () => {
    sts.lifetimeSeconds = 2;
    await using gateway = await start(ENVIRONMENT_KEYS, bedrockProvider('bedrock', { type: 'AssumeRole', assumeRole }));
    const used = new Set<string | undefined>();
    await waitFor('four sessions', async () => {
      await Promise.all([callerOf(gateway), callerOf(gateway), callerOf(gateway)]);
      for (const request of bedrock.requests) used.add(request.header('x-amz-security-token'));
      return used.size >= 4;
    });
    const metrics = await gateway.metrics();
    expect(metrics.sum('tidegate_requests_total', { code: '200' })).toBe(bedrock.requests.length);
    expect(sts.calls.length).toBeLessThan(bedrock.requests.length / 3);
  });

  test('of an STS that is down is a clear refusal, at once, and comes back by itself', async () => {
    await using gateway = await start(ENVIRONMENT_KEYS, bedrockProvider('bedrock', { type: 'AssumeRole', assumeRole }));
    sts.mood = 'Down';
    const refusals = await Promise.all([call(gateway), call(gateway), call(gateway)]);
    const asked = sts.requests.length;
    refusals.push(await call(gateway));
    for (const answer of refusals) {
      expect(refusalOf(answer)).toEqual([
        503,
        'CredentialsUnavailable',
        `The provider "bedrock" cannot be called: assuming the role ${BEDROCK_ROLE} gave no credentials of AWS: ` +
          'it could not be reached (ECONNRESET).',
      ]);
    }
    // One fetch and one repeat of it, for all of them.
    expect([asked, sts.requests.length]).toEqual([2, 2]);
    expect((await gateway.metrics()).sum('tidegate_usage_missing_total')).toBe(0);
    sts.mood = 'Well';
    await waitFor('a good answer', async () => (await call(gateway)).status === 200);
    const warning = await logged(gateway, ({ msg }) => String(msg).startsWith('credentials could not be fetched'));
    expect(warning['reason']).toContain(`assuming the role ${BEDROCK_ROLE} gave no credentials`);
  });
});

describe('a request that waits for credentials', () => {
  const assumeRole = { type: 'AssumeRole', assumeRole: { roleARN: BEDROCK_ROLE, externalID: EXTERNAL_ID } };

  test.each(['Cancel', 'Drain'])('ends with its client, and is on record once: %s', async (onClientDisconnect) => {
    await using gateway = await start(ENVIRONMENT_KEYS, bedrockProvider('bedrock', assumeRole, { onClientDisconnect }));
    sts.mood = 'Silent';
    const hangUp = new AbortController();
    const url = gateway.provider('bedrock') + CALL;
    const gone = send(url, { method: 'POST', body: Buffer.alloc(500_000, 'x'), signal: hangUp.signal });
    gone.catch(() => undefined);
    await waitFor('STS to be asked', () => sts.requests.length > 0);
    hangUp.abort();
    await expect(gone).rejects.toThrow('aborted');
    const metrics = await waitFor('the end of the request', async () => {
      const now = await gateway.metrics();
      return now.sum('tidegate_open_requests') === 0 && now;
    });
    expect(metrics.sum('tidegate_requests_total')).toBe(1);
    expect(metrics.sum('tidegate_client_disconnects_total')).toBe(1);
    expect(metrics.sum('tidegate_usage_missing_total')).toBe(0);
    const line = await logged(gateway, ({ msg }) => msg === 'request');
    expect(line).toMatchObject({ status: 499, code: 'ClientDisconnected' });
    expect(line).not.toHaveProperty('upstreamMs');
    // Nothing of it is sent when the credentials come after all, as they do for the next request.
    sts.mood = 'Well';
    await waitFor('a good answer', async () => (await call(gateway)).status === 200);
    expect(bedrock.requests.map(({ body }) => body.length)).toEqual([JSON.stringify({ messages: [] }).length]);
  });

  test('is told that the gateway ends', async () => {
    await using gateway = await start(ENVIRONMENT_KEYS, bedrockProvider('bedrock', assumeRole));
    sts.mood = 'Silent';
    const answer = send(gateway.provider('bedrock') + CALL, { method: 'POST', body: '{}' });
    await waitFor('STS to be asked', () => sts.requests.length > 0);
    await gateway.process[Symbol.asyncDispose]();
    expect(refusalOf(await collect(await answer)).slice(0, 2)).toEqual([503, 'Draining']);
    // Nobody waits for STS any more, and the process neither: it was not killed.
    expect(gateway.process.process.killedBy).toBeNull();
  });
});

describe('a gateway', () => {
  /** Tells each module of the AWS SDK that is loaded. */
  const TELL =
    "import{registerHooks}from'node:module';" +
    "registerHooks({load(url,context,next){if(url.includes('/@aws-sdk/'))console.error('loads',url);return/**/next(url,context)}})";
  const watched = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELL)}` };

  test('loads nothing of the AWS SDK until somebody needs more than static keys', async () => {
    const staticKeys = { accessKeyIDRef: { name: 'aws' }, secretAccessKeyRef: { name: 'aws' } };
    const keySecret = {
      ...secret('aws'),
      stringData: { AWS_ACCESS_KEY_ID: GATEWAY.accessKeyID, AWS_SECRET_ACCESS_KEY: GATEWAY.secretAccessKey },
    };
    await using gateway = await start(
      { ...ENVIRONMENT_KEYS, ...watched },
      bedrockProvider('by-key', { type: 'StaticKeys', staticKeys }),
      bedrockProvider('by-chain'),
      keySecret,
      provider('openai', bedrock.url),
      secret('openai'),
    );
    expect(await callerOf(gateway, 'by-key')).toBe(GATEWAY.principal);
    expect((await post(`${gateway.provider('openai')}/v1/chat/completions`, { model: 'm' })).status).toBe(403);
    expect(gateway.process.log()).not.toContain('@aws-sdk');
    expect(await callerOf(gateway, 'by-chain')).toBe(GATEWAY.principal);
    expect(gateway.process.log()).toContain('@aws-sdk/credential-providers');
  });

  test.each<[string, () => Readonly<Record<string, string>>, string]>([
    [
      'without any source',
      () => ({}),
      'the environment of the proxies has no credentials of AWS, and names no place to get them from',
    ],
    [
      'with a profile that is not there',
      () => ({ AWS_PROFILE: 'team' }),
      'the default chain (profile "team" of the shared configuration) gave no credentials of AWS: ' +
        'Could not resolve credentials using profile: [team] in configuration/credentials file(s)',
    ],
    [
      'whose token nobody knows',
      () => ({ AWS_ROLE_ARN: WEB_ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: file('foreign-token', 'of another cluster') }),
      `the default chain (web identity, role ${WEB_ROLE}) gave no credentials of AWS: ` +
        'InvalidIdentityTokenException: No OpenIDConnect provider found in your account for the token',
    ],
    [
      'whose Pod Identity agent does not run',
      () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/v1/credentials' }),
      'the default chain (container endpoint, such as EKS Pod Identity) gave no credentials of AWS: ' +
        'it could not be reached (ECONNREFUSED)',
    ],
  ])('%s says what is wrong', async (_, env, reason) => {
    await using gateway = await start(env());
    expect(refusalOf(await call(gateway))).toEqual([
      503,
      'CredentialsUnavailable',
      `The provider "bedrock" cannot be called: ${reason}.`,
    ]);
  });

  test('whose metadata service is dead does not ask it for each request', async () => {
    await using metadata = await InstanceMetadata.start({ keys, roleARN: INSTANCE_ROLE });
    metadata.mood = 'Silent';
    await using gateway = await start({
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    });
    const first = refusalOf(await call(gateway));
    expect(first[2]).toContain('(instance metadata) gave no credentials of AWS: it did not answer in time.');
    const asked = metadata.requests.length;
    for (let i = 0; i < 20; i++) expect(refusalOf(await call(gateway))).toEqual(first);
    expect(metadata.requests).toHaveLength(asked);
    metadata.mood = 'Well';
    await waitFor('a good answer', async () => (await call(gateway)).status === 200);
  });

  test('has no key and no token of AWS in log, metrics or refusals', async () => {
    await using agent = await PodIdentityAgent.start({ keys, roleARN: INSTANCE_ROLE, token: 'pod-token-5e1c' });
    await using gateway = await start(
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.credentialsURL,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file('pod-token', 'pod-token-5e1c'),
      },
      bedrockProvider('bedrock', {
        type: 'AssumeRole',
        assumeRole: { roleARN: BEDROCK_ROLE, externalID: EXTERNAL_ID },
      }),
      bedrockProvider('denied', { type: 'AssumeRole', assumeRole: { roleARN: WEB_ROLE } }),
    );
    await callerOf(gateway);
    const used = bedrock.requests[0]?.header('x-amz-security-token') ?? 'none';
    keys.revoke(/Credential=([^/]+)/.exec(bedrock.requests[0]?.header('authorization') ?? '')?.[1] ?? '');
    const rejected = await call(gateway);
    expect([rejected.status, rejected.headers['x-amzn-errortype']]).toEqual([403, 'UnrecognizedClientException']);
    const denied = await call(gateway, 'denied');
    expect(denied.status).toBe(503);
    const texts = [gateway.process.log(), await gateway.process.metricsText(), denied.body.toString()];
    for (const secretText of [used, 'pod-token-5e1c', EXTERNAL_ID, 'ASIA']) {
      for (const text of texts) expect(text).not.toContain(secretText);
    }
  });
});
