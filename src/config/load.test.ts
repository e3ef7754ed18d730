import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigurationError } from './document.ts';
import { defaultConfiguration, parseConfiguration } from './load.ts';

const head = 'apiVersion: config.tidegate.io/v1alpha1\nkind: TidegateConfiguration\n';
const problemsOf = (text: string): readonly string[] => {
  try {
    parseConfiguration(text, 'config.yaml');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

describe('TidegateConfiguration', () => {
  test('has a production-safe default for every field', () => {
    expect(defaultConfiguration()).toMatchObject({
      logging: { level: 'info' },
      publicURL: undefined,
      watchNamespaces: { kind: 'Own' },
      authentication: { serviceAccountTokens: { enabled: true, audiences: ['tidegate'] } },
      authorization: { mode: 'RBAC' },
      limits: { requestBytes: 67_108_864 },
      shutdown: { drainSeconds: 600 },
    });
    expect(defaultConfiguration().upstream.deniedCIDRs).toContain('169.254.0.0/16');
  });

  test('takes over what is written and keeps the other defaults', () => {
    const config = parseConfiguration(
      `${head}publicURL: https://llm.example.com/\nlimits:\n  openRequests: 7\nwatchNamespaces: [b, a]\n`,
      'config.yaml',
    );
    expect(config.publicURL).toBe('https://llm.example.com');
    expect(config.limits).toMatchObject({ openRequests: 7, headerSeconds: 20 });
    expect(config.watchNamespaces).toEqual({ kind: 'List', names: ['a', 'b'] });
  });

  test('"*" watches all namespaces', () => {
    expect(parseConfiguration(`${head}watchNamespaces: ["*"]\n`, 'c').watchNamespaces).toEqual({ kind: 'All' });
  });

  test.each([
    ['an unknown field', `${head}limits:\n  requestByte: 1\n`, 'config.yaml:4:3: unknown field "limits.requestByte"'],
    ['an unknown top-level field', `${head}secret: x\n`, 'config.yaml:3:1: unknown field "secret"'],
    [
      'a wrong type',
      `${head}limits:\n  openRequests: many\n`,
      'config.yaml:4:17: limits.openRequests: must be integer',
    ],
    [
      'a value out of bounds',
      `${head}limits: {openRequests: 0}\n`,
      'config.yaml:3:24: limits.openRequests: must be >= 1',
    ],
    [
      'a wrong enum value',
      `${head}authorization: {mode: Open}\n`,
      'config.yaml:3:23: authorization.mode: must be one of "RBAC", "AlwaysAllow"',
    ],
    [
      'a bad CIDR',
      `${head}upstream: {deniedCIDRs: [10.0.0.0/33]}\n`,
      'config.yaml:3:26: upstream.deniedCIDRs.0: "10.0.0.0/33" is not a network in CIDR notation, such as 10.0.0.0/8',
    ],
    [
      'a bad URL',
      `${head}publicURL: ftp://x\n`,
      'config.yaml:3:12: publicURL: "ftp://x" is not a base URL: begin it with http:// or https://, without user, query or fragment',
    ],
    [
      'a foreign version',
      'apiVersion: v1\nkind: TidegateConfiguration\n',
      'config.yaml:1:13: apiVersion: must be one of "config.tidegate.io/v1alpha1"',
    ],
    ['a missing kind', 'apiVersion: config.tidegate.io/v1alpha1\n', 'config.yaml:1:1: missing field "kind"'],
    ['a repeated key', `${head}logging: {}\nlogging: {}\n`, 'config.yaml:4:1: Map keys must be unique'],
    [
      'all and some namespaces',
      `${head}watchNamespaces: ["*", a]\n`,
      'config.yaml: watchNamespaces: "*" means all namespaces and must stand alone',
    ],
    [
      'an alias to nothing',
      `${head}logging: *x\n`,
      'config.yaml: Unresolved alias (the anchor must be set before the alias): x',
    ],
    ['an empty file', '', 'config.yaml:1:1: the file is empty: it must begin with apiVersion and kind'],
    ['a text that is no object', 'just text', 'config.yaml:1:1: must be object'],
  ])('refuses %s with its place', (_name, text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  test('never answers arbitrary text with anything but a configuration or a ConfigurationError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((j) => head + j),
        ),
        (text) => {
          problemsOf(text);
        },
      ),
    );
  });
});
