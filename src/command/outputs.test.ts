import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';

const BYTES = 1024 * 1024;

test('whoever reads slowly, as a pager does, gets all of it', async () => {
  const action = JSON.stringify(pathToFileURL('src/command/action.ts').href);
  // As a command: something else holds the process, which is to end without it.
  const program = `
    import { action } from ${action};
    const run = async () => {
      process.stdout.write('x'.repeat(${BYTES}));
      setInterval(() => undefined, 1000);
      process.stderr.write('done');
      return 0;
    };
    await action(process, async () => run)({ optsWithGlobals: () => ({}), args: [] });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  await once(child.stderr, 'data');
  // Longer than a command that has ended may go on.
  const slowness = new Promise((resolve) => setTimeout(resolve, 2000));
  await Promise.race([once(child, 'exit'), slowness]);
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  expect([await ended, bytes]).toEqual([[0, null], BYTES]);
});
