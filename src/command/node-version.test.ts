import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { OLDEST_NODE, requireNode } from './node-version.ts';

describe('the version of Node.js', () => {
  test.each(['22.19.0', '22.20.1', '24.0.0', '26.10.0'])('%s will do', (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });

  test.each(['18.20.0', '20.20.2', '22.9.0', '22.18.9'])('%s is told to be too old', (version) => {
    expect(() => requireNode(version)).toThrow(`Node.js ${OLDEST_NODE} or newer is needed, this is ${version}`);
  });

  test('is the one that the package asks for', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(OLDEST_NODE).toBe(`${engines.node.replace('>=', '')}.0`);
  });
});
