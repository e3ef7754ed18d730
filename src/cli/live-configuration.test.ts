import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { ConfigurationError } from '../config/document.ts';
import { loadConfiguration } from '../config/file.ts';
import type { TidegateConfiguration } from '../config/types.ts';
import { createLogger } from '../telemetry/log.ts';
import { LiveConfiguration } from './live-configuration.ts';

const head = 'apiVersion: config.tidegate.io/v1alpha1\nkind: TidegateConfiguration\n';
const withIssuer = (url: string): string =>
  `${head}authentication: {jwt: [{issuer: {url: ${url}, audiences: [tidegate]}}]}\n`;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A process that follows its configuration file. */
async function start(text: string, mayApply: (next: TidegateConfiguration) => boolean = () => true) {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-live-'));
  cleanups.push(async () => rm(folder, { recursive: true }));
  const file = join(folder, 'config.yaml');
  const write = async (next: string): Promise<void> => {
    await writeFile(`${file}.new`, next);
    await rename(`${file}.new`, file);
  };
  await write(text);
  const applied: TidegateConfiguration[] = [];
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const registry = new Registry();
  const live = await LiveConfiguration.open({
    file,
    initial: await loadConfiguration(file),
    log: createLogger({ level: 'info', destination }),
    registry,
    pollMilliseconds: 5,
    apply: (next) => {
      if (!mayApply(next)) throw new ConfigurationError([`${file}: not here`]);
      applied.push(next);
    },
  });
  cleanups.push(async () => live.close());
  return {
    live,
    file,
    write,
    applied,
    said: (message: string) => lines.filter(({ msg }) => msg === message),
    lines,
    metric: async (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(await registry.metrics())?.[1]),
  };
}

const issuersOf = (configuration: TidegateConfiguration | undefined): readonly string[] | undefined =>
  configuration?.authentication.jwt.map(({ issuer }) => issuer.url);

describe('a configuration file that changes while the process runs', () => {
  test('is not taken over again when the process starts', async () => {
    const { applied, lines, live, metric } = await start(withIssuer('https://a.example.com'));
    expect({ applied, lines, problem: live.problem }).toEqual({ applied: [], lines: [], problem: undefined });
    expect(await metric('tidegate_configuration_refused')).toBe(0);
    expect(await metric('tidegate_configuration_last_reload_success_timestamp_seconds')).toBeGreaterThan(1e9);
  });

  test('has its issuers and its authorization taken over', async () => {
    const { write, applied, said } = await start(withIssuer('https://a.example.com'));
    await write(`${withIssuer('https://b.example.com')}authorization: {mode: AlwaysAllow}\n`);
    await until(() => applied.length > 0);
    expect(issuersOf(applied[0])).toEqual(['https://b.example.com']);
    expect(applied[0]?.authorization.mode).toBe('AlwaysAllow');
    expect(said('configuration taken over')).toMatchObject([{ changed: ['authentication.jwt', 'authorization.mode'] }]);
  });

  test('that is broken is refused whole, with the line, and the one before it holds until it is mended', async () => {
    const { write, applied, said, live, metric, file } = await start(withIssuer('https://a.example.com'));
    const started = await metric('tidegate_configuration_last_reload_success_timestamp_seconds');
    await write(`${withIssuer('https://b.example.com')}limits: {openRequest: 1}\n`);
    await until(() => live.problem !== undefined);
    expect(live.problem).toBe(`${file}:4:10: unknown field "limits.openRequest"`);
    expect(applied).toEqual([]);
    expect(await metric('tidegate_configuration_refused')).toBe(1);
    expect(await metric('tidegate_configuration_last_reload_success_timestamp_seconds')).toBe(started);
    expect(said('configuration refused: the one before it holds')).toMatchObject([
      { level: 'error', problems: [live.problem] },
    ]);
    await write(withIssuer('https://b.example.com'));
    await until(() => live.problem === undefined);
    expect(applied.map(issuersOf)).toEqual([['https://b.example.com']]);
    expect(await metric('tidegate_configuration_refused')).toBe(0);
    expect(said('configuration can be used again')).toHaveLength(1);
  });

  test('that is gone is refused, and its return is told although nothing in it has changed', async () => {
    const { file, write, live, applied, said } = await start(withIssuer('https://a.example.com'));
    await unlink(file);
    await until(() => live.problem !== undefined);
    expect(live.problem).toBe(`${file}: there is no such file`);
    await write(withIssuer('https://a.example.com'));
    await until(() => live.problem === undefined);
    expect(said('configuration can be used again')).toHaveLength(1);
    expect(applied).toEqual([]);
  });

  test('that this process must not take over is refused like a broken one', async () => {
    const { write, live, applied, file } = await start(
      withIssuer('https://a.example.com'),
      (next) => next.authentication.jwt.length > 0,
    );
    await write(head);
    await until(() => live.problem !== undefined);
    expect(live.problem).toBe(`${file}: not here`);
    expect(applied).toEqual([]);
  });

  test('names what waits for the next start, once', async () => {
    const { write, applied, said } = await start(head);
    const waiting = () =>
      said('configuration changes that take effect at the next start').map(({ changed }) => changed);
    const changes = 'limits: {openRequests: 5}\npublicURL: https://llm.example.com\nwatchNamespaces: [a]\n';
    await write(`${head}${changes}`);
    await until(() => waiting().length > 0);
    await write(`${withIssuer('https://b.example.com')}${changes}`);
    await until(() => applied.length > 0);
    expect(waiting()).toEqual([['limits.openRequests', 'publicURL']]);
    await write(`${head}tls: {certFile: a, privateKeyFile: b}\nauthentication: {x509: {clientCAFile: c}}\n`);
    await until(() => waiting().length > 1);
    expect(waiting()[1]).toEqual(['authentication.x509.clientCAFile', 'tls']);
    expect(applied.at(-1)?.authentication.x509).toBeUndefined();
  });

  test('does not give the names of other authorities to the certificates of those that the listener knows', async () => {
    const clients = (file: string, prefix: string): string =>
      `${head}tls: {certFile: a, privateKeyFile: b}\nauthentication: {x509: {clientCAFile: ${file}, usernamePrefix: "${prefix}"}}\n`;
    const { write, applied, lines } = await start(clients('partners.crt', 'partner:'));
    const prefixes = () => applied.map(({ authentication }) => authentication.x509?.usernamePrefix);
    await write(clients('staff.crt', ''));
    await until(() => lines.length > 0);
    expect(lines).toMatchObject([{ changed: ['authentication.x509.clientCAFile'] }]);
    expect(applied).toEqual([]);
    await write(clients('partners.crt', 'p:'));
    await until(() => applied.length > 0);
    await write(`${head}tls: {certFile: a, privateKeyFile: b}\n`);
    await until(() => applied.length > 1);
    await write(clients('staff.crt', ''));
    await until(() => lines.length > 3);
    expect(prefixes()).toEqual(['p:', undefined]);
  });
});
