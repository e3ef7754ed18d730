/** What has to hold of every refusal of a credential. */
import { expect } from '@jest/globals';
import { post, type RawAnswer, type StandaloneGateway } from '../gateway/index.ts';
import { waitFor } from '../control-plane/wait.ts';
import type { GuardedGateway } from './guarded-gateway.ts';

/** Parts of a token that are shorter are no secret, and may occur anywhere. */
const SHORTEST_SECRET = 16;

/** A call as a program makes it. Several tokens in a header are not a thing; `headers` are for other places. */
export function chatCompletion(
  gateway: StandaloneGateway,
  token: string | undefined,
  { provider = 'openai', headers = {} }: { provider?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<RawAnswer> {
  return post(
    `${gateway.provider(provider)}/v1/chat/completions`,
    { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello.' }] },
    { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
  );
}

/** Sends bad credentials, and remembers them, to look for them where none may be. */
export class RefusalCheck {
  readonly #guarded: GuardedGateway;
  readonly #secrets = new Set<string>();
  #lastRequest = '';

  constructor(guarded: GuardedGateway) {
    this.#guarded = guarded;
  }

  /** A 401 of RFC 6750 whose message says `words`; no upstream sees anything of it, and nothing of the token comes back. */
  async expect401(token: string, words: string): Promise<void> {
    const { message, challenge } = await this.#refused(token, 401, 'Unauthenticated');
    expect(message).toContain(words);
    expect(message).toContain(this.#guarded.idp.issuer);
    expect(message).toContain(this.#guarded.idp.audience);
    expect(challenge).toMatch(/^Bearer realm="tidegate", error="invalid_token", error_description="[^"\\]+"$/);
  }

  /** A 503: the issuer cannot be asked. Never open. */
  async expect503(token: string, issuer = this.#guarded.idp.issuer): Promise<void> {
    const { message, challenge } = await this.#refused(token, 503, 'IdentityUnavailable');
    expect(message).toContain(issuer);
    expect(challenge).toBeUndefined();
  }

  /** A 403: the caller is known and may not. */
  async expect403(token: string, words: string): Promise<void> {
    const { message, challenge } = await this.#refused(token, 403, 'Forbidden');
    expect(message).toContain(words);
    expect(challenge).toBeUndefined();
  }

  /** Looks through the log once everything that was sent is in it. */
  async expectSilentLog(): Promise<void> {
    const { process } = this.#guarded.gateway;
    await waitFor('the log of the last request', () => process.log().includes(this.#lastRequest));
    const log = process.log();
    for (const secret of this.#secrets) expect(log.includes(secret)).toBe(false);
  }

  async #refused(
    token: string,
    status: number,
    code: string,
  ): Promise<{ message: string; challenge: string | undefined }> {
    const { upstreams, gateway } = this.#guarded;
    const seen = upstreams.openai.exchanges.length;
    const answer = await chatCompletion(gateway, token);
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([status, code]);
    expect(answer.headers['x-should-retry']).toBe(status === 503 ? undefined : 'false');
    expect(upstreams.openai.exchanges.length).toBe(seen);
    const text = `${answer.rawHeaders.join('\n')}\n${answer.body.toString()}`;
    for (const part of token.split('.').filter(({ length }) => length >= SHORTEST_SECRET)) {
      expect(text).not.toContain(part);
      this.#secrets.add(part);
    }
    this.#lastRequest = answer.headers['x-tidegate-request-id'] ?? '';
    const { error } = JSON.parse(answer.body.toString()) as { error: { message: string } };
    return { message: error.message, challenge: answer.headers['www-authenticate'] };
  }
}
