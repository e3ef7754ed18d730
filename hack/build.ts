/** `npm run build`: compiles src/ into dist/, from nothing, and marks the binary executable. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { scriptArguments } from './script-arguments.mjs';

scriptArguments(`npm run build
  compiles src/ into dist/, from nothing
`);

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status === 0) chmodSync('dist/main.js', 0o755);
process.exitCode = status ?? 1;
