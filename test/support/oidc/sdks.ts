/** One call by each SDK for Node, plain and streamed, with a token of the identity provider's in place of an API key. */
import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { StandaloneGateway } from '../gateway/index.ts';

/** What a program asks with; gives the text of the answer. */
export interface SDKCalls {
  plain(gateway: StandaloneGateway, token: string): Promise<string>;
  streamed(gateway: StandaloneGateway, token: string): Promise<string>;
}

const chat = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] };
const openAI = (gateway: StandaloneGateway, apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `${gateway.provider('openai')}/v1`, maxRetries: 0 });

const message = { ...chat, model: 'claude-opus-5', max_tokens: 100 };
const anthropic = (gateway: StandaloneGateway, apiKey: string): Anthropic =>
  new Anthropic({ apiKey, authToken: null, baseURL: gateway.provider('anthropic'), maxRetries: 0 });

const content = { model: 'gemini-2.5-flash', contents: 'Say hello.' };
const google = (gateway: StandaloneGateway, apiKey: string): GoogleGenAI =>
  new GoogleGenAI({
    apiKey,
    // The SDK's own way to Node's fetch asks for a global that jest's realm does not have.
    httpOptions: { baseUrl: gateway.provider('gemini'), fetch: globalThis.fetch },
  });

const conversation = {
  modelId: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  messages: [{ role: 'user' as const, content: [{ text: 'Say hello.' }] }],
};

async function bedrock<T>(
  gateway: StandaloneGateway,
  token: string,
  call: (client: BedrockRuntimeClient) => Promise<T>,
): Promise<T> {
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: gateway.provider('bedrock'),
    maxAttempts: 1,
    token: { token },
    authSchemePreference: ['httpBearerAuth'],
  });
  try {
    return await call(client);
  } finally {
    client.destroy();
  }
}

async function joined<T>(stream: AsyncIterable<T>, text: (item: T) => string | null | undefined): Promise<string> {
  let whole = '';
  for await (const item of stream) whole += text(item) ?? '';
  return whole;
}

/** By the name of the package. */
export const sdks: Readonly<Record<string, SDKCalls>> = {
  openai: {
    plain: async (gateway, token) =>
      (await openAI(gateway, token).chat.completions.create(chat)).choices[0]?.message.content ?? '',
    streamed: async (gateway, token) =>
      joined(
        await openAI(gateway, token).chat.completions.create({ ...chat, stream: true }),
        (chunk) => chunk.choices[0]?.delta.content,
      ),
  },
  '@anthropic-ai/sdk': {
    plain: async (gateway, token) => {
      const [block] = (await anthropic(gateway, token).messages.create(message)).content;
      return block?.type === 'text' ? block.text : '';
    },
    streamed: (gateway, token) => anthropic(gateway, token).messages.stream(message).finalText(),
  },
  '@google/genai': {
    plain: async (gateway, token) => (await google(gateway, token).models.generateContent(content)).text ?? '',
    streamed: async (gateway, token) =>
      joined(await google(gateway, token).models.generateContentStream(content), (chunk) => chunk.text),
  },
  '@aws-sdk/client-bedrock-runtime': {
    plain: (gateway, token) =>
      bedrock(gateway, token, async (client) => {
        const { output } = await client.send(new ConverseCommand(conversation));
        return output?.message?.content?.[0]?.text ?? '';
      }),
    streamed: (gateway, token) =>
      bedrock(gateway, token, async (client) => {
        const { stream = [] } = await client.send(new ConverseStreamCommand(conversation));
        return joined(stream as AsyncIterable<{ contentBlockDelta?: { delta?: { text?: string } } }>, (event) => {
          return event.contentBlockDelta?.delta?.text;
        });
      }),
  },
};
