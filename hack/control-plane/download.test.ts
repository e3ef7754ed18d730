import { describe, expect, test } from '@jest/globals';
import { pickArchive } from './download.ts';

const hash = (digit: string): string => digit.repeat(128);
const entry = (version: string, platform: string, digit: string): string => `    envtest-${version}-${platform}.tar.gz:
      hash: ${hash(digit)}
      selfLink: https://example.com/envtest-${version}-${platform}.tar.gz
`;
const index = `releases:
  v1.35.9:
${entry('v1.35.9', 'linux-amd64', '1')}  v1.36.0:
${entry('v1.36.0', 'darwin-arm64', '2')}${entry('v1.36.0', 'linux-amd64', '3')}  v1.36.10:
${entry('v1.36.10', 'linux-amd64', '4')}  v1.36.2:
${entry('v1.36.2', 'linux-amd64', '5')}`;

describe('the envtest archive', () => {
  test('is the newest patch release of the wanted minor version', () => {
    expect(pickArchive(index, 'v1.36.3', 'linux', 'amd64')).toEqual({
      version: 'v1.36.10',
      url: 'https://example.com/envtest-v1.36.10-linux-amd64.tar.gz',
      sha512: hash('4'),
    });
  });

  test('is one for this machine', () => {
    expect(pickArchive(index, 'v1.36.3', 'darwin', 'arm64')?.version).toBe('v1.36.0');
    expect(pickArchive(index, 'v1.36.3', 'linux', 's390x')).toBeUndefined();
  });

  test('is never one of another minor version', () => {
    expect(pickArchive(index, 'v1.3.0', 'linux', 'amd64')).toBeUndefined();
  });
});
