/** A person at a {@link Machine} who signs in with a browser, there or elsewhere. */
import { Agent } from 'undici';
import { Browser } from '../oidc/browser.ts';
import type { Machine, Outcome, RunningCommand } from './machine.ts';

export class Person implements AsyncDisposable {
  readonly #name: string;
  readonly #dispatcher: Agent;

  /** @param ca of the identity provider, PEM */
  constructor(name: string, ca: string) {
    this.#name = name;
    this.#dispatcher = new Agent({ connect: { ca } });
  }

  /** Runs a `login` that shows a page, and opens it; the browser ends where the program listens. */
  async signsIn(machine: Machine, args: readonly string[]): Promise<Outcome> {
    const running = machine.start(['login', '--no-browser', ...args]);
    const [, page = ''] = await running.says(/^ {2}(https:\S+)$/m);
    const { url } = await this.opens(page);
    await fetch(url);
    return running.ended;
  }

  /** Enters the code that a `login --device` shows. */
  async confirms(running: RunningCommand): Promise<Outcome> {
    const [, page = ''] = await running.says(/\(or open (\S+)\)/);
    await this.opens(page);
    return running.ended;
  }

  async opens(page: string): Promise<{ readonly url: URL; readonly body: string }> {
    return new Browser(this.#name, this.#dispatcher).open(new URL(page));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close();
  }
}
