/** Programs with the JavaScript SDKs. */
import { UNUSED_KEY } from '../../unused-key.ts';
import { quoted, run } from './quote.ts';
import type { Place, Snippet } from './types.ts';

export const openAINode: Snippet = (place) => `// npm install openai
// ${run('node example.mjs', place.tokenCommand)}
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: ${quoted(`${place.url}/v1`)},
  apiKey: ${token(place)},
});
const answer = await client.chat.completions.create({
  model: ${quoted(place.model)},
  messages: [{ role: 'user', content: 'Say hello.' }],
});
console.log(answer.choices[0].message.content);
`;

export const anthropicNode: Snippet = (place) => `// npm install @anthropic-ai/sdk
// ${run('node example.mjs', place.tokenCommand)}
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: ${quoted(place.url)},
${
  place.passthrough
    ? `  apiKey: process.env.ANTHROPIC_API_KEY,
  defaultHeaders: { 'X-Tidegate-Authorization': \`Bearer \${${token(place)}}\` },
`
    : `  authToken: ${token(place)},
`
}});
const answer = await client.messages.create({
  model: ${quoted(place.model)},
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Say hello.' }],
});
console.log(answer.content[0].text);
`;

export const googleNode: Snippet = (place) => `// npm install @google/genai
// ${run('node example.mjs', place.tokenCommand)}
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({
  apiKey: ${token(place)},
  httpOptions: { baseUrl: ${quoted(place.url)} },
});
const answer = await client.models.generateContent({
  model: ${quoted(place.model)},
  contents: 'Say hello.',
});
console.log(answer.text);
`;

export const awsNode: Snippet = (place) => `// npm install @aws-sdk/client-bedrock-runtime
// ${run('node example.mjs', place.tokenCommand)}
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';

const client = new BedrockRuntimeClient({
  region: 'us-east-1', // the provider decides the region
  endpoint: ${quoted(place.url)},
  token: async () => ({ token: ${token(place)} }),
  authSchemePreference: ['httpBearerAuth'],
});
const answer = await client.send(
  new ConverseCommand({
    modelId: ${quoted(place.model)},
    messages: [{ role: 'user', content: [{ text: 'Say hello.' }] }],
  }),
);
console.log(answer.output.message.content[0].text);
`;

function token({ tokenCommand }: Place): string {
  return tokenCommand === undefined ? `'${UNUSED_KEY}'` : 'process.env.TIDEGATE_TOKEN';
}
