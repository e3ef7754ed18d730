/** Every way in which a program asks a model: the call of a provider's own SDK, whole or streamed, and what it hears. */
import Anthropic from '@anthropic-ai/sdk';
import {
  BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { GoogleGenAI, type GenerateContentResponse } from '@google/genai';
import OpenAI from 'openai';
import { families, type Family, stringAt } from './families.ts';
import type { GuardedGateway, Guarding, WireName } from './gateway.ts';

/** What a program was told. */
export interface Heard {
  /** All texts, joined. */
  readonly text: string;
  /** Arguments of calls of tools, as the SDK hands them to a program. */
  readonly tools: readonly unknown[];
  /** Why the model stopped, in the provider's words. */
  readonly stop: unknown;
  /** All that the SDK gave, as JSON: nothing that is to be hidden may be anywhere in it. */
  readonly everything: string;
}

/** See the head of this file. */
export interface Way {
  readonly name: string;
  readonly wire: WireName;
  readonly isStreamed: boolean;
  /** Whether a model can call tools. */
  readonly hasTools: boolean;
  /** What `stop` is when a Guardrail has blocked the answer. */
  readonly blockedStop: string;
  ask(origin: Asked, prompt: string): Promise<Heard>;
}

interface Asked {
  readonly gateway: GuardedGateway;
  readonly guarding: Guarding;
}

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

const openAIOf = ({ gateway, guarding }: Asked): OpenAI =>
  new OpenAI({ apiKey: 'token-of-the-caller', baseURL: `${gateway.url('openai', guarding)}/v1`, maxRetries: 0 });

const anthropicOf = ({ gateway, guarding }: Asked): Anthropic =>
  new Anthropic({
    apiKey: 'token-of-the-caller',
    authToken: null,
    baseURL: gateway.url('anthropic', guarding),
    maxRetries: 0,
  });

const googleOf = ({ gateway, guarding }: Asked): GoogleGenAI =>
  new GoogleGenAI({
    apiKey: 'token-of-the-caller',
    httpOptions: { baseUrl: gateway.url('google', guarding), fetch: globalThis.fetch },
  });

async function withBedrock<T>(
  { gateway, guarding }: Asked,
  use: (client: BedrockRuntimeClient) => Promise<T>,
): Promise<T> {
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: gateway.url('bedrock', guarding),
    maxAttempts: 1,
    token: { token: 'token-of-the-caller' },
    authSchemePreference: ['httpBearerAuth'],
  });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

function heard(text: string, tools: readonly unknown[], stop: unknown, ...everything: unknown[]): Heard {
  return { text, tools, stop, everything: JSON.stringify(everything) };
}

/** Arguments of a tool; undefined when there are none yet, as in an answer that ends before them. */
function parsed(json: string): unknown {
  return json === '' ? undefined : (JSON.parse(json) as unknown);
}

const chatRequest = (prompt: string) => ({ model: 'gpt-4o', messages: [{ role: 'user' as const, content: prompt }] });

function chatHeard({ choices }: OpenAI.ChatCompletion, ...more: unknown[]): Heard {
  const { message, finish_reason } = choices[0]!;
  const tools = (message.tool_calls ?? []).map((call) =>
    call.type === 'function' ? parsed(call.function.arguments) : call,
  );
  return heard(message.content ?? '', tools, finish_reason, choices, ...more);
}

function responseHeard(response: OpenAI.Responses.Response, ...more: unknown[]): Heard {
  const { output, status, incomplete_details } = response;
  const tools = output.flatMap((item) => (item.type === 'function_call' ? [parsed(item.arguments)] : []));
  const text = output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .map((part) => (part.type === 'output_text' ? part.text : part.refusal));
  return heard(text.join(''), tools, incomplete_details?.reason ?? status, response, ...more);
}

const messageRequest = (prompt: string) => ({
  model: 'claude-opus-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: prompt }],
});

function messageHeard(message: Anthropic.Message, ...more: unknown[]): Heard {
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const tools = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.input] : []));
  return heard(text.join(''), tools, message.stop_reason, message, ...more);
}

function geminiHeard(answers: readonly GenerateContentResponse[]): Heard {
  const candidates = answers.flatMap(({ candidates = [] }) => candidates).filter(({ index = 0 }) => index === 0);
  const parts = candidates.flatMap(({ content }) => content?.parts ?? []);
  const text = parts.filter(({ thought }) => thought !== true).map((part) => part.text ?? '');
  const tools = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall.args]));
  return heard(text.join(''), tools, candidates.at(-1)?.finishReason, answers);
}

const converseInput = (prompt: string) => ({
  modelId: CLAUDE,
  messages: [{ role: 'user' as const, content: [{ text: prompt }] }],
});

function converseHeard(content: readonly ContentBlock[], stop: unknown): Heard {
  const text = content.map((block) => block.text ?? '').join('');
  const tools = content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [toolUse.input]));
  return heard(text, tools, stop, content);
}

const chat: Pick<Way, 'wire' | 'hasTools' | 'blockedStop'> = {
  wire: 'openai',
  hasTools: true,
  blockedStop: 'content_filter',
};
const messages = { wire: 'anthropic', hasTools: true, blockedStop: 'refusal' } as const;
const gemini = { wire: 'google', hasTools: true, blockedStop: 'SAFETY' } as const;
const converse = { wire: 'bedrock', hasTools: true, blockedStop: 'guardrail_intervened' } as const;

function familyWays({ name, model, blockedStop, request, texts, stops }: Family): Way[] {
  const common = { wire: 'bedrock', hasTools: false, blockedStop } as const;
  const input = (prompt: string) => ({ modelId: model, body: JSON.stringify(request(prompt)) });
  const read = (documents: readonly unknown[]): Heard => {
    const text = documents.map((document) => stringAt(document, texts) ?? '').join('');
    const stop = documents.map((document) => stringAt(document, stops)).findLast((reason) => reason !== undefined);
    return heard(text, [], stop, documents);
  };
  return [
    {
      ...common,
      name: `InvokeModel, ${name}`,
      isStreamed: false,
      ask: (asked, prompt) =>
        withBedrock(asked, async (client) => {
          const answer = await client.send(new InvokeModelCommand(input(prompt)));
          return read([JSON.parse(answer.body.transformToString())]);
        }),
    },
    {
      ...common,
      name: `InvokeModelWithResponseStream, ${name}`,
      isStreamed: true,
      ask: (asked, prompt) => withBedrock(asked, async (client) => read(await chunksOf(client, input(prompt)))),
    },
  ];
}

async function chunksOf(client: BedrockRuntimeClient, input: { modelId: string; body: string }): Promise<unknown[]> {
  const { body } = await client.send(new InvokeModelWithResponseStreamCommand(input));
  if (body === undefined) throw new Error('the answer has no body');
  const events = await all(body);
  return events.map(({ chunk }) => JSON.parse(Buffer.from(chunk?.bytes ?? []).toString()) as unknown);
}

const claudeBody = (prompt: string) => ({
  modelId: CLAUDE,
  body: JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 100,
    messages: [{ role: 'user', content: prompt }],
  }),
});

/** The SDK of Anthropic reads what Claude says on Bedrock: one parser for both. */
async function claudeHeard(documents: readonly unknown[]): Promise<Heard> {
  const events = documents
    .map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(events, { headers: { 'content-type': 'text/event-stream' } })),
  });
  return messageHeard(await client.messages.stream(messageRequest('')).finalMessage(), documents);
}

export const ways: readonly Way[] = [
  {
    ...chat,
    name: 'chat completions',
    isStreamed: false,
    ask: async (asked, prompt) => chatHeard(await openAIOf(asked).chat.completions.create(chatRequest(prompt))),
  },
  {
    ...chat,
    name: 'chat completions, streamed',
    isStreamed: true,
    ask: async (asked, prompt) => {
      const stream = openAIOf(asked).chat.completions.stream(chatRequest(prompt));
      const chunks: unknown[] = [];
      stream.on('chunk', (chunk) => chunks.push(chunk));
      return chatHeard(await stream.finalChatCompletion(), chunks);
    },
  },
  {
    ...chat,
    hasTools: false,
    name: 'completions',
    isStreamed: false,
    ask: async (asked, prompt) => {
      const { choices } = await openAIOf(asked).completions.create({ model: 'gpt-3.5-turbo-instruct', prompt });
      return heard(choices[0]!.text, [], choices[0]!.finish_reason, choices);
    },
  },
  {
    ...chat,
    hasTools: false,
    name: 'completions, streamed',
    isStreamed: true,
    ask: async (asked, prompt) => {
      const request = { model: 'gpt-3.5-turbo-instruct', prompt, stream: true } as const;
      const chunks = await all(await openAIOf(asked).completions.create(request));
      const choices = chunks.flatMap((chunk) => chunk.choices);
      return heard(choices.map(({ text }) => text).join(''), [], choices.at(-1)?.finish_reason, chunks);
    },
  },
  {
    ...chat,
    name: 'responses',
    isStreamed: false,
    ask: async (asked, prompt) =>
      responseHeard(await openAIOf(asked).responses.create({ model: 'gpt-5', input: prompt })),
  },
  {
    ...chat,
    name: 'responses, streamed',
    isStreamed: true,
    ask: async (asked, prompt) => {
      const stream = openAIOf(asked).responses.stream({ model: 'gpt-5', input: prompt });
      const events: unknown[] = [];
      stream.on('event', (event) => events.push(event));
      const last = await lastResponse(stream);
      return responseHeard(last, events);
    },
  },
  {
    ...messages,
    name: 'messages',
    isStreamed: false,
    ask: async (asked, prompt) => messageHeard(await anthropicOf(asked).messages.create(messageRequest(prompt))),
  },
  {
    ...messages,
    name: 'messages, streamed',
    isStreamed: true,
    ask: async (asked, prompt) => {
      const stream = anthropicOf(asked).messages.stream(messageRequest(prompt));
      const events: unknown[] = [];
      stream.on('streamEvent', (event) => events.push(event));
      return messageHeard(await stream.finalMessage(), events);
    },
  },
  {
    ...gemini,
    name: 'generateContent',
    isStreamed: false,
    ask: async (asked, contents) =>
      geminiHeard([await googleOf(asked).models.generateContent({ model: 'gemini-2.5-flash', contents })]),
  },
  {
    ...gemini,
    name: 'generateContentStream',
    isStreamed: true,
    ask: async (asked, contents) =>
      geminiHeard(
        await all(await googleOf(asked).models.generateContentStream({ model: 'gemini-2.5-flash', contents })),
      ),
  },
  {
    ...gemini,
    // No SDK asks for it; programs of their own do, and curl.
    name: 'streamGenerateContent as an array',
    isStreamed: true,
    ask: async ({ gateway, guarding }, prompt) => {
      const url = `${gateway.url('google', guarding)}/v1beta/models/gemini-2.5-flash:streamGenerateContent`;
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-goog-api-key': 'token-of-the-caller' },
        body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
      });
      const body = await answer.text();
      if (!answer.ok) throw Object.assign(new Error(body), { status: answer.status });
      return geminiHeard(JSON.parse(body) as GenerateContentResponse[]);
    },
  },
  {
    ...converse,
    name: 'Converse',
    isStreamed: false,
    ask: (asked, prompt) =>
      withBedrock(asked, async (client) => {
        const { output, stopReason } = await client.send(new ConverseCommand(converseInput(prompt)));
        return converseHeard(output?.message?.content ?? [], stopReason);
      }),
  },
  {
    ...converse,
    name: 'ConverseStream',
    isStreamed: true,
    ask: (asked, prompt) =>
      withBedrock(asked, async (client) => {
        const { stream } = await client.send(new ConverseStreamCommand(converseInput(prompt)));
        if (stream === undefined) throw new Error('the answer has no stream');
        const events = await all(stream);
        const deltas = events.flatMap(({ contentBlockDelta }) => contentBlockDelta ?? []);
        const text = deltas.map(({ delta }) => delta?.text ?? '').join('');
        const calls = events.flatMap(({ contentBlockStart }) => {
          return contentBlockStart?.start?.toolUse === undefined ? [] : [contentBlockStart.contentBlockIndex];
        });
        const tools = calls.map((index) => {
          const json = deltas.filter(({ contentBlockIndex }) => contentBlockIndex === index);
          return parsed(json.map(({ delta }) => delta?.toolUse?.input ?? '').join(''));
        });
        const stop = events.findLast(({ messageStop }) => messageStop !== undefined)?.messageStop?.stopReason;
        return heard(text, tools, stop, events);
      }),
  },
  {
    ...converse,
    name: 'InvokeModel, Claude',
    isStreamed: false,
    blockedStop: 'refusal',
    ask: (asked, prompt) =>
      withBedrock(asked, async (client) => {
        const answer = await client.send(new InvokeModelCommand(claudeBody(prompt)));
        return messageHeard(JSON.parse(answer.body.transformToString()) as Anthropic.Message);
      }),
  },
  {
    ...converse,
    name: 'InvokeModelWithResponseStream, Claude',
    isStreamed: true,
    blockedStop: 'refusal',
    ask: (asked, prompt) =>
      withBedrock(asked, async (client) => claudeHeard(await chunksOf(client, claudeBody(prompt)))),
  },
  ...families.flatMap(familyWays),
];

/** The response as its last event tells it: complete, or cut short. */
async function lastResponse(
  stream: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>,
): Promise<OpenAI.Responses.Response> {
  let last: OpenAI.Responses.Response | undefined;
  for await (const event of stream) {
    if (event.type === 'response.completed' || event.type === 'response.incomplete') last = event.response;
  }
  if (last === undefined) throw new Error('the response has no end');
  return last;
}
