/** `npm run build`: compiles src/ into dist/, from nothing, and marks the binary executable. Packages are installed before. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { scriptArguments } from './script-arguments.mjs';

scriptArguments(`npm run build
  compiles src/ into dist/, from nothing
`);

rmSync('dist', { recursive: true, force: true });
const { status, error } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (error !== undefined) process.stderr.write(`tsc cannot be run (${error.message}): is it installed?\n`);
if (status === 0) chmodSync('dist/main.js', 0o755);
process.exitCode = status ?? 1;
