/** Guardrails before every provider, as programs with the SDKs for Python see them; `guardrails_client.py` makes the calls. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GuardedGateway, INPUT_MESSAGE, OUTPUT_MESSAGE, SECRET_WORD } from '../support/guardrail-clients/gateway.ts';
import type { Heard } from '../support/guardrail-clients/ways.ts';
import { pythonWith } from '../support/python/environment.ts';
import { scenarioHeader, type Scenario } from '../upstreams/index.ts';

interface Failure {
  readonly failure: string;
  readonly status: number | null;
  readonly message: string;
}

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);

const describePython = 'missing' in environment ? describe.skip : describe;

const json = ['{"to":["ada@exam', 'ple.com"],"n":1}'];
const text = ['Grüße an ada', '@example.com, Karte 4111', ' 1111 1111 1111. 🚀'];

/** What the upstreams are to say. */
const cases = {
  masked: { says: [[{ text }, { toolArguments: json }]] },
  bytes: { says: [[{ text }, { toolArguments: json }]], chunkBytes: 1, escapes: true },
  blocked: { says: [[{ text: ['So far. ', 'Blue', ' Heron is next.'] }]] },
  blockedTool: { says: [[{ text: ['Let me see.'] }, { toolArguments: ['{"about":"Blue ', 'Heron"}'] }]] },
} satisfies Readonly<Record<string, Scenario>>;

type Results = Readonly<Record<string, Readonly<Record<keyof typeof cases | 'refused', Heard | Failure>>>>;

/** Each way, what it says when an answer is blocked, and the SDK's error for a bad request. */
const ways = [
  ['chat completions', 'content_filter', 'BadRequestError'],
  ['chat completions, streamed', 'content_filter', 'BadRequestError'],
  ['responses', 'content_filter', 'BadRequestError'],
  ['responses, streamed', 'content_filter', 'BadRequestError'],
  ['messages', 'refusal', 'BadRequestError'],
  ['messages, streamed', 'refusal', 'BadRequestError'],
  ['generateContent', 'SAFETY', 'ClientError'],
  ['generateContentStream', 'SAFETY', 'ClientError'],
  ['Converse', 'guardrail_intervened', 'ValidationException'],
  ['ConverseStream', 'guardrail_intervened', 'ValidationException'],
  ['InvokeModel, Claude', 'refusal', 'ValidationException'],
  ['InvokeModelWithResponseStream, Claude', 'refusal', 'ValidationException'],
] as const;

describePython('the SDKs for Python', () => {
  let gateway: GuardedGateway;
  let results: Results;

  beforeAll(async () => {
    gateway = await GuardedGateway.start();
    if ('missing' in environment) return;
    const { stdout } = await promisify(execFile)(environment.python, [`${here}guardrails_client.py`], {
      env: {
        ...process.env,
        GATEWAY: `${gateway.gateway.url}/llm/v1/providers`,
        SCENARIO_HEADER: scenarioHeader,
        CASES: JSON.stringify(cases),
        PROMPT_BLOCKED: `What is ${SECRET_WORD}?`,
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    results = JSON.parse(stdout) as Results;
  }, 180_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  describe.each(ways)('%s', (way, blockedStop, badRequest) => {
    const isStreamed = /stream/i.test(way);

    test.each(['masked', 'bytes'] as const)('reads what was masked (%s)', (name) => {
      const heard = results[way]?.[name];
      expect(heard).toMatchObject({
        text: 'Grüße an {EMAIL}, Karte {CREDIT_CARD}. 🚀',
        tools: [{ to: ['{EMAIL}'], n: 1 }],
      });
      expect((heard as Heard).everything).not.toContain('example.com');
    });

    test('reads an answer that was blocked', () => {
      const heard = results[way]?.blocked;
      expect(heard).toMatchObject({
        text: isStreamed ? `So far. \n\n${OUTPUT_MESSAGE}` : OUTPUT_MESSAGE,
        tools: [],
        stop: blockedStop,
      });
      expect((heard as Heard).everything).not.toContain('Heron');
    });

    test('reads an answer that was blocked within arguments of a tool', () => {
      const heard = results[way]?.blockedTool;
      expect(heard).toMatchObject({ stop: blockedStop });
      expect((heard as Heard).text).toContain(OUTPUT_MESSAGE);
      expect((heard as Heard).everything).not.toContain('Heron');
    });

    test('raises its error for a bad request when a request is blocked', () => {
      const refused = results[way]?.refused as Failure;
      expect(refused).toMatchObject({ failure: badRequest, status: 400 });
      expect(refused.message).toContain(INPUT_MESSAGE);
    });
  });
});
