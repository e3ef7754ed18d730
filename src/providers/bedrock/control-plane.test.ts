import { describe, expect, test } from '@jest/globals';
import { providerEntry } from '../../../test/support/wire.ts';
import { controlPlaneURL } from './control-plane.ts';

function urlFor(baseURL: string): string | undefined {
  return controlPlaneURL(providerEntry([], { type: 'Bedrock', region: 'us-east-1', baseURL }));
}

describe('the control plane', () => {
  test.each([
    ['bedrock-runtime.us-east-1.amazonaws.com', 'bedrock.us-east-1.amazonaws.com'],
    ['bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'bedrock-fips.us-gov-west-1.amazonaws.com'],
    ['bedrock-runtime.cn-north-1.amazonaws.com.cn', 'bedrock.cn-north-1.amazonaws.com.cn'],
    ['bedrock-runtime.eusc-de-east-1.amazonaws.eu', 'bedrock.eusc-de-east-1.amazonaws.eu'],
    ['bedrock-runtime.us-east-1.api.aws', 'bedrock.us-east-1.api.aws'],
    ['vpce-0a1b2c3d-abcd.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'bedrock.us-east-1.amazonaws.com'],
    ['vpce-0a1b-cd-us-east-1a.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'bedrock.us-east-1.amazonaws.com'],
    ['bedrock-mantle.us-east-1.api.aws', 'bedrock.us-east-1.amazonaws.com'],
  ])('of %s is %s', (runtime, host) => {
    expect(urlFor(`https://${runtime}`)).toBe(`https://${host}`);
    expect(urlFor(`https://${runtime}/openai/v1`)).toBe(`https://${host}`);
  });

  test.each([
    'http://127.0.0.1:8080',
    'https://gateway.example.com/bedrock',
    'https://bedrock-runtime.us-east-1.example.com',
    'https://bedrock-runtime.us-east-1.amazonaws.com.example.com',
    'https://bedrock.us-east-1.amazonaws.com',
  ])('of %s is where everything else goes', (baseURL) => {
    expect(urlFor(baseURL)).toBeUndefined();
  });
});
