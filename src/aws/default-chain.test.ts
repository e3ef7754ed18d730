import { describe, expect, test } from '@jest/globals';
import { linksOf } from './default-chain.ts';
import type { Environment } from './default-chain.ts';

function kinds(environment: Environment): string[] {
  return linksOf(environment).map(({ kind, isWanted }) => `${kind}${isWanted ? '!' : ''}`);
}

describe('the links of the default chain', () => {
  const WEB = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/irsa' };
  const POD = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials' };

  test.each<[string, Environment, string[]]>([
    ['nothing', {}, ['Variables', 'SharedConfiguration', 'InstanceMetadata!']],
    ['a profile', { AWS_PROFILE: 'team' }, ['SharedConfiguration!', 'InstanceMetadata!']],
    ['IRSA', WEB, ['Variables', 'SharedConfiguration', 'WebIdentity!', 'InstanceMetadata!']],
    ['Pod Identity', POD, ['Variables', 'SharedConfiguration', 'Container!']],
    ['ECS', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2' }, ['Variables', 'SharedConfiguration', 'Container!']],
    ['both', { ...WEB, ...POD }, ['Variables', 'SharedConfiguration', 'WebIdentity!', 'Container!']],
    ['no metadata', { AWS_EC2_METADATA_DISABLED: 'true' }, ['Variables', 'SharedConfiguration']],
    ['metadata', { AWS_EC2_METADATA_DISABLED: 'false' }, ['Variables', 'SharedConfiguration', 'InstanceMetadata!']],
  ])('with %s in the environment', (_, environment, links) => {
    expect(kinds(environment)).toEqual(links);
  });

  test('say what is missing', () => {
    const [, , link] = linksOf({ AWS_WEB_IDENTITY_TOKEN_FILE: '/token' });
    expect(link?.name).toBe('web identity, role missing: AWS_ROLE_ARN is not set');
  });
});
