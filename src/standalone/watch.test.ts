import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '../telemetry/log.ts';
import type { WatchDirectory } from './change-signal.ts';
import type { ManifestResult } from './types.ts';
import { watchManifests, type ManifestWatch, type WatchSettings } from './watch.ts';

const provider = (name: string, fields = ''): string =>
  `apiVersion: tidegate.io/v1alpha1\nkind: LLMProvider\nmetadata: {name: ${name}}\nspec: {type: OpenAICompatible, baseURL: "http://${name}/v1"${fields}}\n`;

/** Never reports anything, as some network file systems do. */
const deaf: WatchDirectory = () => ({ close: () => {} });
const never = 24 * 60 * 60 * 1000;

describe('a watch over a directory', () => {
  let directory: string;
  let stop: AbortController;
  let running: ManifestWatch | undefined;
  let results: ManifestResult[];
  let log: string[];
  let notify: () => void;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'tidegate-watch-'));
    stop = new AbortController();
    results = [];
    log = [];
    notify = () => {};
  });

  afterEach(async () => {
    stop.abort();
    await running?.ended;
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (settings: Partial<WatchSettings> & { env?: Record<string, string> } = {}): Promise<void> => {
    const { env = {}, ...rest } = settings;
    running = await watchManifests(
      {
        directory,
        env,
        log: createLogger({ level: 'debug', destination: { write: (line: string) => void log.push(line) } }),
        signal: stop.signal,
        onResult: (result) => {
          results.push(result);
          notify();
        },
      },
      { settleMilliseconds: 1, emptiedMilliseconds: 10, pollMilliseconds: never, ...rest },
    );
  };

  const names = (): string[] => (results.at(-1)?.providers ?? []).map(({ metadata }) => metadata.name);

  /** Waits until the last result is as wanted. */
  const until = async (isWanted: () => boolean): Promise<void> => {
    while (!isWanted()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      notify = resolve;
      await promise;
    }
  };

  /** In place, as an editor may: it is empty for a moment. */
  const write = async (name: string, text: string): Promise<void> => writeFile(path.join(directory, name), text);

  /** Whole at once. */
  const replace = async (name: string, text: string): Promise<void> => {
    await write(`.${name}.tmp`, text);
    await rename(path.join(directory, `.${name}.tmp`), path.join(directory, name));
  };

  test('gives the first result before it begins to follow', async () => {
    await write('a.yaml', provider('a'));
    await start();
    expect(names()).toEqual(['a']);
  });

  test('follows files that are written, replaced by rename and removed', async () => {
    await write('a.yaml', provider('a'));
    await start();
    await write('b.yaml', provider('b'));
    await until(() => names().join() === 'a,b');
    await write('.b.yaml.tmp', provider('b', ', enabled: false'));
    await rename(path.join(directory, '.b.yaml.tmp'), path.join(directory, 'b.yaml'));
    await until(() => results.at(-1)?.providers[1]?.spec.enabled === false);
    expect(results.at(-1)?.providers[1]?.metadata.generation).toBe(2);
    await rm(path.join(directory, 'a.yaml'));
    await until(() => names().join() === 'b');
  });

  test('follows a mounted ConfigMap, which is swapped by renaming a link', async () => {
    const version = async (name: string, text: string): Promise<void> => {
      await mkdir(path.join(directory, name));
      await writeFile(path.join(directory, name, 'a.yaml'), text);
      await symlink(name, path.join(directory, '..data_tmp'));
      await rename(path.join(directory, '..data_tmp'), path.join(directory, '..data'));
    };
    await version('..1', provider('a'));
    await symlink('..data/a.yaml', path.join(directory, 'a.yaml'));
    await start();
    expect(names()).toEqual(['a']);
    await version('..2', provider('b'));
    await until(() => names().join() === 'b');
  });

  test('looks from time to time where the file system does not tell', async () => {
    await start({ watch: deaf, pollMilliseconds: 5 });
    await write('a.yaml', provider('a'));
    await until(() => names().join() === 'a');
  });

  test('looks from time to time where watching fails', async () => {
    await start({
      watch: () => {
        throw Object.assign(new Error('no space left for watches'), { code: 'ENOSPC' });
      },
      pollMilliseconds: 5,
    });
    await write('a.yaml', provider('a'));
    await until(() => names().join() === 'a');
  });

  test('keeps everything in force while the directory is away, and watches its successor', async () => {
    await write('a.yaml', provider('a'));
    await start({ pollMilliseconds: 5 });
    await rename(directory, `${directory}-away`);
    await until(() => results.at(-1)?.problems.length === 1);
    expect(names()).toEqual(['a']);
    expect(results.at(-1)?.problems[0]?.message).toBe('the directory cannot be read: ENOENT');
    await mkdir(directory);
    await write('b.yaml', provider('b'));
    await until(() => names().join() === 'b');
    await rm(`${directory}-away`, { recursive: true });
  });

  test('a directory that is not there yet is a problem, not a failure', async () => {
    await rm(directory, { recursive: true });
    await start({ pollMilliseconds: 5 });
    expect(results).toHaveLength(1);
    await mkdir(directory);
    await write('a.yaml', provider('a'));
    await until(() => names().join() === 'a');
  });

  test('a writer that pauses after it has truncated a file does not take its objects away', async () => {
    await write('a.yaml', provider('a'));
    const waits: number[] = [];
    await start({
      emptiedMilliseconds: 70,
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        if (waits.filter((each) => each === 7).length === 3) await write('a.yaml', provider('a', ', enabled: false'));
      },
    });
    await write('a.yaml', '');
    await until(() => results.at(-1)?.providers[0]?.spec.enabled === false);
    expect(results.map(({ providers }) => providers.length)).toEqual([1, 1]);
  });

  test('a file that stays empty takes its objects away', async () => {
    await write('a.yaml', provider('a'));
    await start({ emptiedMilliseconds: 5 });
    await write('a.yaml', '');
    await until(() => names().length === 0);
  });

  test('touching a file gives no new result', async () => {
    await replace('a.yaml', provider('a'));
    await start();
    await replace('a.yaml', provider('a'));
    await replace('b.yaml', provider('b'));
    await until(() => names().join() === 'a,b');
    expect(results).toHaveLength(2);
  });

  test('logs problems once, when they are solved, and every change of a verdict, without secrets', async () => {
    const openai =
      'apiVersion: tidegate.io/v1alpha1\nkind: LLMProvider\nmetadata: {name: openai}\nspec: {type: OpenAI, secretRef: {name: keys}}\n';
    await replace('a.yaml', provider('a', ', foo: 1'));
    await replace('openai.yaml', openai);
    await start({ env: { KEY: 'sk-secret' } });
    await replace(
      'keys.yaml',
      'apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {OPENAI_API_KEY: "${KEY}"}\n',
    );
    await until(() => results.at(-1)?.compile.verdicts.get('default/openai')?.outcome.kind === 'Servable');
    await rm(path.join(directory, 'a.yaml'));
    await until(() => results.at(-1)?.problems.length === 0);
    const said = log
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .map(({ level, msg }) => `${level}: ${msg.replace(`${directory}/`, '')}`);
    expect(said).toEqual([
      'error: a.yaml:4:56: LLMProvider/a: unknown field "spec.foo"',
      'warn: LLMProvider "default/openai": SecretNotFound: secret "default/keys" not found',
      'info: LLMProvider "default/openai": in force, generation 1',
      'info: solved: a.yaml:4:56: LLMProvider/a: unknown field "spec.foo"',
    ]);
    expect(log.join('')).not.toContain('sk-secret');
  });

  test('logs what comes of Guardrails, and of providers because of them', async () => {
    const pii = (action: string): string =>
      `apiVersion: tidegate.io/v1alpha1\nkind: Guardrail\nmetadata: {name: pii}\nspec:\n  pii: {entities: [{type: Email, action: Mask}]}\n  tests: [{name: mail, direction: Input, text: me@x.org, expect: {action: ${action}}}]\n`;
    const outcome = () => results.at(-1)?.compile.verdicts.get('default/a')?.outcome;
    await replace('a.yaml', provider('a', ', guardrailRefs: [{name: pii}]'));
    await replace('pii.yaml', pii('Mask'));
    await start();
    await replace('pii.yaml', pii('Block'));
    await until(() => outcome()?.kind === 'Broken');
    await rm(path.join(directory, 'pii.yaml'));
    await until(() => results.at(-1)?.guardrails.length === 0);
    const said = log
      .map((line) => JSON.parse(line) as { level: string; guardrail?: string; provider?: string; msg: string })
      .map(({ level, guardrail, provider: about, msg }) => `${level} ${guardrail ?? about}: ${msg}`);
    expect(said).toEqual([
      'info default/pii: Guardrail "default/pii": ready, generation 1, tests 1/1',
      'info default/a: LLMProvider "default/a": in force, generation 1',
      'warn default/pii: Guardrail "default/pii": TestsFailed: test "mail" failed: expected Block, got Mask to "{EMAIL}"',
      'warn default/a: LLMProvider "default/a": GuardrailNotReady: guardrail "default/pii" is not ready: TestsFailed',
      'warn default/a: LLMProvider "default/a": GuardrailNotFound: guardrail "default/pii" not found',
      'info default/pii: Guardrail "default/pii": removed',
    ]);
  });

  test('ends when its signal is aborted', async () => {
    await start();
    stop.abort();
    await running?.ended;
  });
});
