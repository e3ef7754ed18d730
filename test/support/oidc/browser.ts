/** A person with a browser, as far as signing in needs one: cookies, redirects, and forms that send themselves. */
import type { Agent } from 'undici';
import { fetch } from 'undici';

const MAX_STEPS = 20;

export class Browser {
  readonly #cookies: Map<string, string>;
  readonly #dispatcher: Agent;

  /** @param person who signs in where they are asked to */
  constructor(person: string, dispatcher: Agent) {
    this.#cookies = new Map([['person', person]]);
    this.#dispatcher = dispatcher;
  }

  /** Opens a page and follows it to where it ends: an address of another origin, or a page that asks for nothing. */
  async open(address: URL): Promise<{ readonly url: URL; readonly body: string }> {
    let request: { url: URL; form?: URLSearchParams } = { url: address };
    for (let step = 0; step < MAX_STEPS; step++) {
      const { url, form } = request;
      if (url.origin !== address.origin) return { url, body: '' };
      const response = await fetch(url, {
        redirect: 'manual',
        dispatcher: this.#dispatcher,
        headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form && { method: 'POST', body: form }),
      });
      for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
      const body = await response.text();
      const location = response.headers.get('location');
      const fields = hiddenFields(body);
      if (response.status >= 400) throw new Error(`the browser got ${response.status} at ${url.href}: ${body}`);
      if (location !== null) request = { url: new URL(location, url) };
      else if (fields.size > 0) request = { url: formAction(body, url), form: fields };
      else return { url, body };
    }
    throw new Error(`the browser went round in circles at ${address.href}`);
  }

  #keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

function hiddenFields(html: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [tag] of html.matchAll(/<(?:input|button)[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    const value = /value="([^"]*)"/.exec(tag)?.[1];
    if (name !== undefined && name !== 'abort') fields.set(name, value ?? '');
  }
  return fields;
}

function formAction(html: string, base: URL): URL {
  return new URL(/action="([^"]*)"/.exec(html)?.[1] ?? '', base);
}
