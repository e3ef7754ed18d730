/** Stand-ins for programs of the system, found first on the PATH of a {@link Machine}, which note how they are called. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

export interface Call {
  readonly args: readonly string[];
  readonly input: string;
}

/** Keeps one secret, as `secret-tool` does for a whole session. */
export const SECRET_TOOL = `
const kept = file + '.secret';
if (args[0] === 'store') writeFileSync(kept, input);
else if (existsSync(kept)) process.stdout.write(readFileSync(kept));
else process.exitCode = 1;
`;

/** Puts a program on the machine; `script` knows `args`, `input` and `file`, a path of its own. Returns its calls. */
export function shim(machine: Machine, name: string, script = ''): () => readonly Call[] {
  const log = join(machine.home, `${name}.calls`);
  const program = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = process.getBuiltinModule('node:fs');
const file = ${JSON.stringify(log)};
const args = process.argv.slice(2);
const input = process.stdin.isTTY ? '' : readFileSync(0, 'utf8');
appendFileSync(file, JSON.stringify({ args, input }) + '\\n');
${script}`;
  machine.write(`shims/${name}`, program, 0o755);
  machine.env['PATH'] = `${join(machine.home, 'shims')}:${machine.env['PATH']?.replace(/^[^:]*\/shims:/, '') ?? ''}`;
  return () =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Call)
      : [];
}
