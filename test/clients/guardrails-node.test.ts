/** Guardrails before every provider, as programs with the SDKs for Node see them. */
import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeServiceException } from '@aws-sdk/client-bedrock-runtime';
import { ApiError } from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedGateway, INPUT_MESSAGE, OUTPUT_MESSAGE, SECRET_WORD } from '../support/guardrail-clients/gateway.ts';
import { type Way, ways } from '../support/guardrail-clients/ways.ts';

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

const MAIL = 'ada@example.com';
const CARD = '4111 1111 1111 1111';
const TEXT = ['Write to a', 'da@exam', 'ple.com, paid with 4111 11', '11 1111 1111. Grüße 日本', ' 🚀'];
const SAID = TEXT.join('');
const MASKED = 'Write to {EMAIL}, paid with {CREDIT_CARD}. Grüße 日本 🚀';
const ARGUMENTS = ['{"to":"a', 'da@exam', 'ple.com","cards":["4111 1111 ', '1111 1111"],"n":1}'];
const withTools = ways.filter(({ hasTools }) => hasTools);

/** What the call rejects with. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const [settled] = await Promise.allSettled([call]);
  if (settled.status === 'fulfilled') throw new Error('the call did not fail');
  return settled.reason;
}

/** The SDK's own error for a bad request; of a program without one, its status. */
function expectBadRequest({ wire, name }: Way, error: unknown): void {
  if (name === 'streamGenerateContent as an array') {
    expect(error).toMatchObject({ status: 400 });
    return;
  }
  const types = {
    openai: OpenAI.BadRequestError,
    anthropic: Anthropic.BadRequestError,
    google: ApiError,
    bedrock: BedrockRuntimeServiceException,
  } as const;
  expect(error).toBeInstanceOf(types[wire]);
  if (wire === 'bedrock')
    expect(error).toMatchObject({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } });
  else expect(error).toMatchObject({ status: 400 });
}

describe.each(ways)('$name', (way) => {
  const { wire, isStreamed, blockedStop } = way;

  test.each(['open', 'audited'] as const)('%s: what the model says is what is heard', async (guarding) => {
    gateway.next(wire, { says: [[{ text: TEXT }]] });
    const { text, stop } = await way.ask({ gateway, guarding }, `Of ${MAIL} and ${SECRET_WORD}.`);
    expect(text).toBe(SAID);
    expect(stop).not.toBe(blockedStop);
    expect(gateway.upstream(wire).last.request.body.toString()).toContain(`Of ${MAIL} and ${SECRET_WORD}.`);
  });

  test('what is to be masked is masked, and the rest stays', async () => {
    gateway.next(wire, { says: [[{ text: TEXT }]] });
    const { text, stop, everything } = await way.ask({ gateway, guarding: 'guarded' }, 'Whom?');
    expect(text).toBe(MASKED);
    expect(everything).not.toContain(MAIL);
    expect(everything).not.toContain(CARD);
    expect(stop).not.toBe(blockedStop);
  });

  test('a text without findings is not changed', async () => {
    const innocent = 'Nothing to see, not even at 4111 1111. Grüße 日本 🚀 "a\\b"\n';
    gateway.next(wire, { says: [[{ text: innocent.split('') }]] });
    const { text } = await way.ask({ gateway, guarding: 'guarded' }, 'Anything?');
    expect(text).toBe(innocent);
  });

  test('an answer that is blocked ends as the provider would end it', async () => {
    gateway.next(wire, { says: [[{ text: ['So far so good. ', 'Blue ', 'Heron', ' is next.', ' More.'] }]] });
    const { text, stop, everything } = await way.ask({ gateway, guarding: 'guarded' }, 'What is next?');
    expect(stop).toBe(blockedStop);
    expect(text).toBe(isStreamed ? `So far so good. \n\n${OUTPUT_MESSAGE}` : OUTPUT_MESSAGE);
    expect(everything).not.toMatch(/Heron|is next|More/);
  });

  test('an answer that is blocked with its first word says only why', async () => {
    gateway.next(wire, { says: [[{ text: [SECRET_WORD, ' is next.'] }]] });
    const { text, stop } = await way.ask({ gateway, guarding: 'guarded' }, 'What is next?');
    expect(stop).toBe(blockedStop);
    expect(text).toBe(OUTPUT_MESSAGE);
  });

  test('a request that is blocked is a bad request to the SDK, and reaches nobody', async () => {
    const error = await failureOf(way.ask({ gateway, guarding: 'guarded' }, `What is ${SECRET_WORD}?`));
    expectBadRequest(way, error);
    expect((error as Error).message).toContain(INPUT_MESSAGE);
    expect((error as Error).message).not.toContain(SECRET_WORD);
    expect(gateway.upstream(wire).exchanges).toEqual([]);
  });

  test('a request goes to the provider masked', async () => {
    await way.ask({ gateway, guarding: 'guarded' }, `Write to ${MAIL} about "${CARD}".`);
    const sent = gateway.upstream(wire).last.request.body.toString();
    expect(sent).toContain(String.raw`Write to {EMAIL} about \"{CREDIT_CARD}\".`);
    expect(sent).not.toContain(MAIL);
  });
});

describe.each(withTools)('tools of $name', (way) => {
  const { wire, blockedStop } = way;

  test('get masked arguments', async () => {
    gateway.next(wire, { says: [[{ text: TEXT }, { toolArguments: ARGUMENTS }, { toolArguments: ['{"n":2}'] }]] });
    const { text, tools, everything } = await way.ask({ gateway, guarding: 'guarded' }, 'Send it.');
    expect(text).toBe(MASKED);
    expect(tools).toEqual([{ to: '{EMAIL}', cards: ['{CREDIT_CARD}'], n: 1 }, { n: 2 }]);
    expect(everything).not.toContain(MAIL);
    expect(everything).not.toContain(CARD);
  });

  test('get the arguments that were meant, without a Guardrail and in Audit', async () => {
    for (const guarding of ['open', 'audited'] as const) {
      gateway.next(wire, { says: [[{ toolArguments: ARGUMENTS }]] });
      const { tools } = await way.ask({ gateway, guarding }, 'Send it.');
      expect(tools).toEqual([{ to: MAIL, cards: [CARD], n: 1 }]);
    }
  });

  test('get nothing of arguments that are blocked', async () => {
    const json = ['{"about":"Blue', ' Heron","n":', '1}'];
    gateway.next(wire, { says: [[{ text: ['Let me see.'] }, { toolArguments: json }]] });
    const { stop, everything } = await way.ask({ gateway, guarding: 'guarded' }, 'Send it.');
    expect(stop).toBe(blockedStop);
    expect(everything).toContain(OUTPUT_MESSAGE);
    expect(everything).not.toContain('Heron');
  });
});

describe('thinking', () => {
  test.each(ways.filter(({ name }) => /^(chat|responses|generateContent)/.test(name)))(
    'of $name is masked',
    async (way) => {
      gateway.next(way.wire, { says: [[{ thinking: ['I know ', 'ada@exa', 'mple.com.'] }, { text: ['Done.'] }]] });
      const { everything } = await way.ask({ gateway, guarding: 'guarded' }, 'Whom?');
      expect(everything).toContain('{EMAIL}.');
      expect(everything).not.toContain(MAIL);
    },
  );
});

describe('the other choices', () => {
  test.each(ways.filter(({ name }) => /^(chat|completions|generateContent)/.test(name)))(
    'of $name are masked, too',
    async (way) => {
      const says = [[{ text: ['One: 4111', ' 1111 1111 1111.'] }], [{ text: ['Two: ', 'ada@', 'example.com', '.'] }]];
      gateway.next(way.wire, { says });
      const { everything } = await way.ask({ gateway, guarding: 'guarded' }, 'Whom?');
      expect(everything).toContain('{CREDIT_CARD}');
      expect(everything).toContain('{EMAIL}');
      expect(everything).not.toContain('1111');
      expect(everything).not.toContain('example.com');
    },
  );
});

describe('interactions', () => {
  async function interact(stream: boolean): Promise<string> {
    gateway.next('google', { says: [[{ text: TEXT }]] });
    const answer = await fetch(`${gateway.url('google', 'guarded')}/v1beta/interactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': 'token-of-the-caller' },
      body: JSON.stringify({ model: 'gemini-2.5-flash', input: `Of ${MAIL}.`, stream }),
    });
    return answer.text();
  }

  test('are masked in both directions', async () => {
    expect(await interact(false)).toContain(MASKED);
    expect(gateway.upstream('google').last.request.body.toString()).toContain('Of {EMAIL}.');
  });

  test('that are streamed cannot be read, and nothing of them passes', async () => {
    const heard = await interact(true);
    expect(heard).not.toMatch(/example|1111/);
    expect(heard).not.toContain('Write to');
  });
});
