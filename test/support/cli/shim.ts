/** Stand-ins for programs of the system, found first on the PATH of a {@link Machine}, which note how they are called. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

export interface Call {
  readonly args: readonly string[];
  readonly input: string;
}

/** Puts a program on the machine that does nothing. Returns its calls. */
export function shim(machine: Machine, name: string): () => readonly Call[] {
  const log = join(machine.home, `${name}.calls`);
  const program = `#!${process.execPath}
const { appendFileSync, readFileSync } = process.getBuiltinModule('node:fs');
const args = process.argv.slice(2);
const input = process.stdin.isTTY ? '' : readFileSync(0, 'utf8');
appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args, input }) + '\\n');
`;
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
