/** Completions in real shells: what is typed, with a press of the tabulator, is what the program gets. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Machine } from '../support/cli/machine.ts';
import { unpacked } from '../support/cli/debian.ts';
import { mainFile } from '../support/gateway/process.ts';
import { provider, secret, StandaloneGateway } from '../support/gateway/index.ts';

const shells = unpacked('zsh', 'fish');
const testShells = 'missing' in shells ? test.skip : test;
const root = 'missing' in shells ? '' : shells.root;

/** Says how it was called, unless a script of completion calls it. */
const SPY = 'tidegate() { if [ "$1" = __complete ]; then command tidegate "$@"; else echo "CALLED: $*"; fi; }';

let gateway: StandaloneGateway;
let machine: Machine;

beforeAll(async () => {
  gateway = await StandaloneGateway.start({
    manifests: { 'a.yaml': [provider('team-openai', 'http://127.0.0.1:9'), secret('team-openai')] },
  });
  machine = new Machine({ TIDEGATE_URL: gateway.url, TERM: 'dumb', LC_ALL: 'C.UTF-8' });
  machine.write('bin/tidegate', `#!/bin/sh\nexec "${process.execPath}" "${mainFile()}" "$@"\n`, 0o755);
  machine.write('values.pem', '');
  machine.env['PATH'] = `${join(machine.home, 'bin')}:${machine.env['PATH'] ?? ''}`;
  machine.write('.bashrc', `eval "$(tidegate completion bash)"\n${SPY}\nPS1=\n`);
  const functions = `${root}/usr/share/zsh/functions`;
  machine.write(
    '.zshrc',
    `module_path=(${root}/usr/lib/*/zsh/*(N/) $module_path)
fpath=(${functions}/*(N/) ${functions}/Completion/*(N/) $fpath)
autoload -U compinit && compinit -u -D
eval "$(tidegate completion zsh)"
${SPY}
PS1=
`,
  );
});

afterAll(async () => {
  machine[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

/** Types into a shell that has a terminal; returns what the program was called with. */
async function typed(shell: string, keys: string): Promise<string | undefined> {
  const env = { ...machine.env, ...('missing' in shells ? {} : { LD_LIBRARY_PATH: shells.env.LD_LIBRARY_PATH }) };
  const screen = await new Promise<string>((resolve) => {
    const options = { cwd: machine.home, env, timeout: 60_000 };
    const child = execFile('script', ['-qec', shell, '/dev/null'], options, (_error, stdout) => resolve(stdout));
    child.stdin?.end(`${keys}\nexit\n`);
  });
  return /CALLED: ([^\r\n]*)/.exec(screen)?.[1]?.trim();
}

const LINES: readonly (readonly [keys: string, called: string])[] = [
  ['tidegate provider mo\tx', 'provider models x'],
  ['tidegate provider get team\t-o ya\t', 'provider get team-openai -o yaml'],
  ['tidegate provider get --out\t=ya\tx', 'provider get --output=yaml x'],
  ['tidegate whoami --certificate-authority val\t', 'whoami --certificate-authority values.pem'],
];

describe('bash', () => {
  test.each(LINES)('%j', async (keys, called) => {
    // Here a space follows a word that is complete, an option's name included.
    expect(await typed('bash --rcfile .bashrc -i', keys.replace('--out\t=', '--output='))).toBe(called);
  });
});

describe('zsh', () => {
  testShells.each(LINES)('%j', async (keys, called) => {
    expect(await typed(`${root}/bin/zsh -i`, keys.replace('--out\t=', '--output='))).toBe(called);
  });
});

describe('fish', () => {
  const fish = async (line: string): Promise<string> =>
    new Promise((resolve) => {
      const env = { ...machine.env, ...('missing' in shells ? {} : { LD_LIBRARY_PATH: shells.env.LD_LIBRARY_PATH }) };
      const lines = [
        `set -p fish_function_path ${root}/usr/share/fish/functions`,
        'tidegate completion fish | source',
        `complete -C ${JSON.stringify(line)}`,
      ];
      execFile(`${root}/usr/bin/fish`, ['-c', lines.join('\n')], { cwd: machine.home, env }, (_error, stdout) => {
        resolve(stdout);
      });
    });

  testShells.each([
    ['tidegate provider mo', 'models\tits models, and what they cost\n'],
    ['tidegate provider get team', 'team-openai\tOpenAI\n'],
    ['tidegate provider get -o ya', 'yaml\n'],
    ['tidegate provider get --output=ya', '--output=yaml\n'],
    ['tidegate whoami --certificate-authority val', 'values.pem\n'],
  ])('%j', async (line, offered) => expect(await fish(line)).toBe(offered));
});
