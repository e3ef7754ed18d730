/** What a serving process must not load: each of these costs megabytes that every proxy would pay. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const run = promisify(execFile);

/** Names of Node's own modules and URLs and paths of packages that a process has loaded after importing `command`. */
async function loadedBy(command: string): Promise<string[]> {
  const script = `
    import { createRequire, registerHooks } from 'node:module';
    const imported = [];
    registerHooks({
      load: (url, context, next) => {
        imported.push(url);
        return next(url, context);
      },
    });
    await import(${JSON.stringify(new URL(command, import.meta.url).href)});
    const { cache } = createRequire(import.meta.url);
    process.stdout.write(JSON.stringify([...process.moduleLoadList, ...imported, ...Object.keys(cache)]));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout) as string[];
}

describe.each(['./proxy.ts', './standalone.ts'])('%s', (command) => {
  test('loads neither fetch nor what only some providers or tools need', async () => {
    const loaded = await loadedBy(command);
    expect(loaded.some((name) => name.endsWith('undici/lib/dispatcher/pool.js'))).toBe(true);
    const forbidden = [
      /internal\/deps\/undici\/undici$/,
      /undici\/lib\/(?:web|mock|cache|interceptor)\//,
      /undici\/index\.js$/,
      /ajv\/dist\/(?:core|ajv|2020)\.js$/,
      /@aws-sdk\//,
      /@kubernetes\/client-node\//,
      /node_modules\/jose\//,
    ];
    expect(loaded.filter((name) => forbidden.some((pattern) => pattern.test(name)))).toEqual([]);
  });
});

test('the young generation of a busy process is 4 MiB, whatever bursts there are', async () => {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { setTimeout as delay } from 'node:timers/promises';
    await import(${JSON.stringify(new URL('./serving-heap.ts', import.meta.url).href)});
    const sizes = [];
    const look = () => sizes.push(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size);
    // Looks at the young generation are a second apart.
    const begin = performance.now();
    while (sizes.length < 150 || performance.now() - begin < 4000) {
      const burst = [];
      for (let i = 0; i < 20_000; i++) burst.push({ i, text: 'x'.repeat(i % 50), list: [i, i] });
      look();
      await delay(5);
    }
    // Survivors on their way come on top for a moment.
    const settled = sizes.slice(-50).sort((a, b) => a - b);
    process.stdout.write(JSON.stringify(settled[Math.floor(settled.length / 2)]));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  expect(JSON.parse(stdout)).toBe(4 * 1024 * 1024);
});

test('garbage of the old generation is collected when it has grown by a little, not when it has doubled', async () => {
  const script = `
    import { setTimeout as delay } from 'node:timers/promises';
    await import(${JSON.stringify(new URL('./serving-heap.ts', import.meta.url).href)});
    let collected = 0;
    const collections = new FinalizationRegistry(() => {
      collected += 1;
      collections.register({});
    });
    collections.register({});
    let streams = [];
    for (let i = 0; i < 100; i++) {
      streams.push(Array.from({ length: 10_000 }, (_, j) => ({ i, j })));
      if (streams.length > 10) streams = [];
      await delay(20);
    }
    process.stdout.write(JSON.stringify(collected));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  // 50 MB came and went; left alone, V8 collects them once or twice.
  expect(JSON.parse(stdout)).toBeGreaterThan(3);
});
