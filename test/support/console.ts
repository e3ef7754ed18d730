/** Runs what a page shows in its `console` blocks, as somebody would who pastes it into a terminal. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { allCodeBlocks } from '../../hack/docs/markdown.ts';
import type { Connection } from './control-plane/index.ts';

/** A command of a page, and what the page says that it prints. */
export interface ConsoleExample {
  readonly command: string;
  readonly output: string;
}

/** A step of a page, from top to bottom. A YAML block that begins with `# name.yaml` is a file of that name. */
export type PageStep =
  | { readonly kind: 'File'; readonly name: string; readonly text: string }
  | { readonly kind: 'Command'; readonly example: ConsoleExample };

/** Everything that a page lets its reader do, in order. */
export function stepsOf(page: string): readonly PageStep[] {
  return allCodeBlocks(page).flatMap(({ language, code }): readonly PageStep[] => {
    if (language === 'console') return examplesIn(code).map((example) => ({ kind: 'Command', example }) as const);
    const [, name] = /^# (\S+\.yaml)\n/.exec(code) ?? [];
    return language === 'yaml' && name !== undefined ? [{ kind: 'File', name, text: code }] : [];
  });
}

/** A line that begins with `$ ` is a command, and goes on while lines end with a backslash; others are its output. */
function examplesIn(code: string): readonly ConsoleExample[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const command = /^(?:.*\\\n)*.*\n/.exec(text)?.[0] ?? text;
      return { command: command.trim(), output: text.slice(command.length).trim() };
    });
}

/** A shell with the control plane's kubectl, in a folder of its own. */
export class Console {
  readonly #cluster: Connection;
  readonly #folder: string;

  constructor(cluster: Connection) {
    this.#cluster = cluster;
    this.#folder = join(cluster.details.folder, 'console');
    mkdirSync(this.#folder, { recursive: true });
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  /** What the terminal would show, with single spaces in place of columns; never a reason to throw. */
  async run(command: string): Promise<string> {
    const { details, adminKubeconfig } = this.#cluster;
    const env = {
      ...process.env,
      PATH: `${dirname(details.binaries.kubectl)}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: adminKubeconfig,
      KUBECACHEDIR: join(details.folder, 'kubectl-cache'),
    };
    return new Promise((resolve) => {
      execFile('sh', ['-c', `{ ${command}\n} 2>&1`], { cwd: this.#folder, env }, (_error, stdout) => {
        resolve(singleSpaced(stdout));
      });
    });
  }
}

/** Columns are as wide as their widest cell, which may be none that the page shows. */
export function singleSpaced(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' ').trim())
    .join('\n')
    .trim();
}
