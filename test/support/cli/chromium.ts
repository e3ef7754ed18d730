/** Chromium as the browser of a {@link Machine}: commands open it like any other, and a test is the person before it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { waitFor } from '../control-plane/wait.ts';
import { processes } from './agent-machine.ts';
import { unpacked, type Unpacked } from './debian.ts';
import type { Machine } from './machine.ts';

/** What a busy machine may take for one step, in milliseconds. */
const PATIENCE_MS = 60_000;
const DATA = 'chromium';

/** Of this distribution; where it cannot be had, a reason. */
export function chromiumPackage(): Unpacked | { readonly missing: string } {
  return unpacked('chromium', 'fonts-dejavu-core');
}

export class Chromium implements AsyncDisposable {
  readonly #machine: Machine;
  #browser: Browser | undefined;

  /** @param pin of the key that it trusts without an authority: that of the identity provider */
  constructor(machine: Machine, { root, env }: Unpacked, pin: string) {
    this.#machine = machine;
    const fonts = machine.write(
      'fonts.conf',
      `<fontconfig><dir>${root}/usr/share/fonts</dir><cachedir>${machine.home}/.cache/fonts</cachedir></fontconfig>`,
    );
    const flags = [
      '--headless',
      // There is no user namespace for one in many containers.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--no-first-run',
      `--user-data-dir=${join(machine.home, DATA)}`,
      '--remote-debugging-port=0',
      `--ignore-certificate-errors-spki-list=${pin}`,
    ];
    machine.env['BROWSER'] = machine.write(
      'bin/browser',
      `#!/bin/sh
export LD_LIBRARY_PATH='${env.LD_LIBRARY_PATH}' FONTCONFIG_FILE='${fonts}'
exec '${root}/usr/lib/chromium/chromium' ${flags.join(' ')} "$@" 2>'${machine.home}/chromium.log'
`,
      0o755,
    );
  }

  /** The page that a command has opened. */
  async page(): Promise<Page> {
    const file = join(this.#machine.home, DATA, 'DevToolsActivePort');
    this.#browser = await waitFor(
      'the browser',
      async () => {
        const [port = ''] = readFileSync(file, 'utf8').split('\n');
        return chromium.connectOverCDP(`http://127.0.0.1:${port}`);
      },
      { timeoutMilliseconds: PATIENCE_MS },
    );
    const context = this.#browser.contexts()[0];
    if (context === undefined) throw new Error('the browser has no window');
    const page = context.pages()[0] ?? (await context.waitForEvent('page', { timeout: PATIENCE_MS }));
    page.setDefaultTimeout(PATIENCE_MS);
    return page;
  }

  /** As its person does; nothing of it is left running. */
  async close(): Promise<void> {
    const session = await this.#browser?.newBrowserCDPSession();
    await session?.send('Browser.close').catch(() => undefined);
    await waitFor('the end of the browser', () => this.#pids().length === 0, { timeoutMilliseconds: PATIENCE_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await waitFor('the end of the browser', () => this.#killed().length === 0, { timeoutMilliseconds: PATIENCE_MS });
    await this.#browser?.close();
  }

  /** One that is about to start another may be quicker than a single look. */
  #killed(): readonly number[] {
    const pids = this.#pids();
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    return pids;
  }

  #pids(): readonly number[] {
    return (
      processes(this.#machine)
        // Those that are about to become the browser, too.
        .filter(({ commandLine }) => /\/chromium\/|\/xdg-open |\/bin\/browser /.test(commandLine))
        .map(({ pid }) => pid)
    );
  }
}
