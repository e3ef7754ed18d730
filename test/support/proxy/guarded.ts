/** A proxy with guardrails before an upstream whose answers are the test's. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { GuardrailEntry, GuardrailRule, ProviderType, WordFilterEntry } from '../../../src/table/types.ts';
import { ANSWER_FORMS, type AnswerForm } from '../answer-streams.ts';
import { guardrailEntry, startHarness } from './harness.ts';
import type { Harness, HarnessOptions } from './harness.ts';

/** How a call is made to which a form of answers belongs. */
export interface StreamCall {
  readonly form: AnswerForm;
  readonly type: ProviderType;
  /** With query. */
  readonly path: string;
  readonly body: object;
}

const CALLS: Readonly<Record<string, Omit<StreamCall, 'form'>>> = {
  'chat completions': { type: 'OpenAI', path: '/v1/chat/completions', body: { model: 'm', stream: true } },
  completions: { type: 'OpenAI', path: '/v1/completions', body: { model: 'm', stream: true } },
  responses: { type: 'OpenAI', path: '/v1/responses', body: { model: 'm', stream: true } },
  messages: { type: 'Anthropic', path: '/v1/messages', body: { model: 'm', stream: true } },
  streamGenerateContent: { type: 'GoogleAI', path: '/v1beta/models/g:streamGenerateContent?alt=sse', body: {} },
  'streamGenerateContent as an array': { type: 'GoogleAI', path: '/v1beta/models/g:streamGenerateContent', body: {} },
  ConverseStream: { type: 'Bedrock', path: '/model/amazon.nova-pro/converse-stream', body: {} },
  'InvokeModel with Claude': invoke('eu.anthropic.claude-sonnet-4-5'),
  'InvokeModel with Nova': invoke('amazon.nova-pro'),
  'InvokeModel with Llama': invoke('meta.llama3'),
};

function invoke(model: string): Omit<StreamCall, 'form'> {
  return { type: 'Bedrock', path: `/model/${model}/invoke-with-response-stream`, body: {} };
}

/** A call for every form of streamed answers. */
export const STREAM_CALLS: readonly StreamCall[] = ANSWER_FORMS.map((form) => {
  const call = CALLS[form.name];
  if (call === undefined) throw new Error(`no call for ${form.name}`);
  return { form, ...call };
});

export function streamCall(name: string): StreamCall {
  const call = STREAM_CALLS.find(({ form }) => form.name === name);
  if (call === undefined) throw new Error(`no form ${name}`);
  return call;
}

export const OUTPUT = ['Output'] as const;

export const rule = (action: GuardrailRule['action']): GuardrailRule => ({ action, appliesTo: OUTPUT });

export const words = (name: string, action: GuardrailRule['action'], ...list: readonly string[]): WordFilterEntry => ({
  ...rule(action),
  name,
  words: list,
  match: 'Word',
  caseSensitive: false,
});

/** A Guardrail of answers alone: masks e-mail addresses and tickets, and blocks the word `apollo`. */
export const answerGuard = (changes: Partial<GuardrailEntry> = {}): GuardrailEntry =>
  guardrailEntry({
    pii: {
      entities: [{ type: 'Email', ...rule('Mask') }],
      regexes: [{ name: 'ticket', pattern: 'T-[0-9]+', ...rule('Mask') }],
    },
    wordFilters: [words('projects', 'Block', 'apollo')],
    messages: { output: 'Withheld.' },
    ...changes,
  });

/** The provider's calls at the gateway, and an upstream that answers each as `answer` says. */
export async function startGuarded(
  type: ProviderType,
  guardrails: readonly GuardrailEntry[],
  answer: (response: ServerResponse, headers: Readonly<Record<string, unknown>>) => void,
  { entry, ...options }: Partial<HarnessOptions> = {},
): Promise<Harness> {
  const harness = await startHarness({
    onRequest: (request, response) => {
      request.on('error', () => undefined).resume();
      response.on('error', () => undefined);
      request.on('end', () => answer(response, request.headers));
    },
    guardrails,
    ...options,
    entry: { type, region: 'eu-central-1', ...entry },
  });
  harness.setEntries({ baseURL: harness.origin });
  return harness;
}

/** Sends a body chunk by chunk, each by itself as far as sockets let it. */
export async function trickle(response: ServerResponse, contentType: string, chunks: readonly Buffer[]): Promise<void> {
  response.writeHead(200, { 'content-type': contentType });
  for (const chunk of chunks) {
    if (!response.write(chunk)) await once(response, 'drain');
    await new Promise(setImmediate);
  }
  response.end();
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The one record of the access log, once everything has ended. */
export async function recordOf(harness: Harness): Promise<Record<string, unknown>> {
  await until(() => harness.proxy.openRequests === 0 && harness.requests().length > 0);
  return harness.requests().at(-1) ?? {};
}
