import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { InstanceMetadata, KeyRing, SecurityTokenService } from '../../test/upstreams/aws/index.ts';
import { Redacted } from '../redacted.ts';
import { createCredentialSource } from './credential-source.ts';

const NODE = 'arn:aws:iam::123456789012:role/node';
const ROLE = 'arn:aws:iam::123456789012:role/bedrock';

let keys: KeyRing;
let metadata: InstanceMetadata;
let sts: SecurityTokenService;
const environment = { ...process.env };

beforeAll(async () => {
  keys = new KeyRing();
  metadata = await InstanceMetadata.start({ keys, roleARN: NODE });
  sts = await SecurityTokenService.start({ keys, region: 'eu-central-1', roles: [{ arn: ROLE, trusts: [NODE] }] });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    AWS_ENDPOINT_URL_STS: sts.url,
  });
});

afterAll(async () => {
  process.env = environment;
  await sts[Symbol.asyncDispose]();
  await metadata[Symbol.asyncDispose]();
});

afterEach(() => {
  sts.calls.length = 0;
  delete process.env['AWS_REGION'];
  delete process.env['AWS_DEFAULT_REGION'];
});

describe('a source of credentials', () => {
  test('of static keys is at hand, and gives the same object, which the keys of signatures go with', () => {
    const source = createCredentialSource(
      {
        type: 'StaticKeys',
        accessKeyID: new Redacted('AKIA'),
        secretAccessKey: new Redacted('secret'),
        sessionToken: new Redacted('token'),
      },
      { name: 'default-bedrock', region: 'eu-central-1' },
    );
    expect(source.current()).toEqual({ accessKeyID: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' });
    expect(source.current()).toBe(source.current());
  });

  test('of the default chain is the same for all providers', async () => {
    const options = { name: 'default-bedrock', region: 'eu-central-1' };
    const source = createCredentialSource({ type: 'DefaultChain' }, options);
    const another = createCredentialSource({ type: 'DefaultChain' }, { ...options, name: 'team-bedrock' });
    expect(await source.current()).toBe(await another.current());
    expect(keys.find((await source.current()).accessKeyID)?.principal).toBe(NODE);
  });

  test.each([
    ['of the provider', 'eu-central-1', {}],
    ['in AWS_REGION', 'us-west-2', { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'us-west-2' }],
    ['in AWS_DEFAULT_REGION', 'us-west-2', { AWS_DEFAULT_REGION: 'eu-central-1' }],
  ])('of a role asks STS in the region %s', async (_, region, variables) => {
    Object.assign(process.env, variables);
    const source = createCredentialSource({ type: 'AssumeRole', roleARN: ROLE }, { name: 'default-bedrock', region });
    const { sessionToken } = await source.current();
    expect(sessionToken).toBeDefined();
    expect(sts.calls[0]?.caller).toBe(NODE);
  });

  test('of a role makes a name of the session that STS takes, however long the name of the provider is', async () => {
    const name = `${'n'.repeat(63)}-${'p'.repeat(63)}`;
    const source = createCredentialSource({ type: 'AssumeRole', roleARN: ROLE }, { name, region: 'eu-central-1' });
    await source.current();
    expect(sts.calls[0]?.parameters['RoleSessionName']).toBe(`tidegate-${'n'.repeat(55)}`);
  });

  test('of a role that may not be assumed says so to the log, too', async () => {
    const failures: string[] = [];
    const source = createCredentialSource(
      { type: 'AssumeRole', roleARN: 'arn:aws:iam::123456789012:role/other' },
      { name: 'default-bedrock', region: 'eu-central-1', onFailure: (message) => failures.push(message) },
    );
    await expect(Promise.resolve(source.current())).rejects.toThrow('AccessDenied: User: arn:aws:iam::');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain('assuming the role arn:aws:iam::123456789012:role/other gave no credentials of AWS');
  });
});
