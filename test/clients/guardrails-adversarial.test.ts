/** Answers that are cut where it hurts: whatever the pieces, what leaves is the whole text, masked. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { GuardedGateway, OUTPUT_MESSAGE, SECRET_WORD } from '../support/guardrail-clients/gateway.ts';
import { type Heard, type Way, ways } from '../support/guardrail-clients/ways.ts';
import type { SaidBlock, Scenario } from '../upstreams/types.ts';

let gateway: GuardedGateway;

beforeAll(async () => {
  gateway = await GuardedGateway.start();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

afterEach(() => {
  for (const wire of ['openai', 'anthropic', 'google', 'bedrock'] as const) gateway.upstream(wire).forget();
});

const streamed = ways.filter(({ isStreamed }) => isStreamed);
const inBlocks = streamed.filter(({ name }) => /^(responses|messages|ConverseStream|.*Claude)/.test(name));
const withTools = streamed.filter(({ hasTools }) => hasTools);

function hear(way: Way, blocks: readonly SaidBlock[], scenario: Scenario = {}): Promise<Heard> {
  gateway.next(way.wire, { ...scenario, says: [blocks] });
  return way.ask({ gateway, guarding: 'guarded' }, 'Go on.');
}

/** With characters of one to four bytes around what is looked for, and within it. */
const TEXT = 'Grüße 日本 🚀ada@example.com🚀 zahlt mit ４１１１ 1111 1111 1111, "so\\n" 🙂.';
const MASKED = 'Grüße 日本 🚀{EMAIL}🚀 zahlt mit {CREDIT_CARD}, "so\\n" 🙂.';

describe.each(streamed)('$name', (way) => {
  test('a card number over forty chunks does not get out', async () => {
    const pieces = '4111-1111-1111-1111'.split('').flatMap((digit) => [digit, '\u200b']);
    const { text, everything } = await hear(way, [{ text: ['Card ', ...pieces, '\u2060', '\u2060', ' ends.'] }]);
    expect(pieces.length).toBeGreaterThan(37);
    expect(text.replaceAll(/[\u200b\u2060]/g, '')).toBe('Card {CREDIT_CARD} ends.');
    expect(everything).not.toMatch(/4[^a-z]{0,2}1[^a-z]{0,2}1[^a-z]{0,2}1/);
  });

  test('one character in each chunk', async () => {
    const { text } = await hear(way, [{ text: Array.from(TEXT) }]);
    expect(text).toBe(MASKED);
  });

  test.each([1, 2, 3, 5, 7, 64])('pieces of %i bytes, within characters and within base64', async (chunkBytes) => {
    const { text } = await hear(way, [{ text: [TEXT.slice(0, 20), TEXT.slice(20, 40), TEXT.slice(40)] }], {
      chunkBytes,
    });
    expect(text).toBe(MASKED);
  });

  test.each([1, 4, 11])('every character an escape (\\u0040), in pieces of %i bytes', async (chunkBytes) => {
    const pieces = [TEXT.slice(0, 21), TEXT.slice(21, 44), TEXT.slice(44)];
    const { text } = await hear(way, [{ text: pieces }], { chunkBytes, escapes: true });
    expect(text).toBe(MASKED);
  });

  test('a megabyte', async () => {
    const line = `${'All is well. '.repeat(70)}Write to ada@example.com.\n`;
    const whole = line.repeat(Math.ceil(1_000_000 / line.length));
    const pieces = Array.from({ length: Math.ceil(whole.length / 997) }, (_, i) => whole.slice(i * 997, (i + 1) * 997));
    const { text } = await hear(way, [{ text: pieces }]);
    expect(text === whole.replaceAll('ada@example.com', '{EMAIL}')).toBe(true);
  });

  test('a megabyte in one chunk', async () => {
    const whole = `${'All is well. '.repeat(80_000)}Write to ada@example.com.`;
    const { text } = await hear(way, [{ text: [whole] }]);
    expect(text === whole.replaceAll('ada@example.com', '{EMAIL}')).toBe(true);
  });

  test('what is blocked in one-byte pieces ends as well as whole', async () => {
    const pieces = [`Next is ${SECRET_WORD}, then more.`, ' The end.'];
    const { text, stop } = await hear(way, [{ text: pieces }], { chunkBytes: 1 });
    expect(text).toBe(`Next is \n\n${OUTPUT_MESSAGE}`);
    expect(stop).toBe(way.blockedStop);
  });

  test('what looked like a match and is none comes after all', async () => {
    const text = 'Mail ada@ or 4111 1111 1111 1112 or Blue Her';
    expect((await hear(way, [{ text: text.split('') }])).text).toBe(text);
  });
});

describe.each(inBlocks)('blocks of $name', (way) => {
  test('each keeps what was held of it', async () => {
    const { text } = await hear(way, [
      { text: ['One ada', '@'] },
      { text: ['two Blue ', 'Her'] },
      { text: ['on 4111 1111'] },
    ]);
    expect(text).toBe('One ada@two Blue Heron 4111 1111');
  });

  test('each is masked', async () => {
    const blocks = [{ text: ['One ada', '@example.com'] }, { text: ['two 4111 1111 ', '1111 1111'] }];
    expect((await hear(way, blocks, { chunkBytes: 3 })).text).toBe('One {EMAIL}two {CREDIT_CARD}');
  });

  test('a text before arguments, and one after them', async () => {
    const blocks = [
      { text: ['One ada@'] },
      { toolArguments: ['{"to":"ada@exa', 'mple.com"}'] },
      { text: ['example.com'] },
    ];
    const { text, tools } = await hear(way, blocks, { chunkBytes: 5 });
    expect(text).toBe('One ada@example.com');
    expect(tools).toEqual([{ to: '{EMAIL}' }]);
  });
});

describe.each(withTools)('tools of $name', (way) => {
  test.each<[what: string, pieces: readonly string[]]>([
    [
      'one character in each chunk',
      Array.from(String.raw`{"to":["ada@example.com"],"card":4111,"n":"4111 1111 1111 1111"}`),
    ],
    [
      'within an escape of their own',
      [String.raw`{"to":["ada\u0`, String.raw`040exampl\u00`, '65.com"],"card":4111,"n":"41', '11 1111 1111 1111"}'],
    ],
    ['with white space', ['{ "to" : [ "ada@example', '.com" ]\n, "card":\t4111, "n":"4111 1111 1111 1111" }']],
  ])('%s', async (_, toolArguments) => {
    const { tools, everything } = await hear(way, [{ toolArguments }], { chunkBytes: 9 });
    expect(tools).toEqual([{ to: ['{EMAIL}'], card: 4111, n: '{CREDIT_CARD}' }]);
    expect(everything).not.toContain('example.com');
  });
});
