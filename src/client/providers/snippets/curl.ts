/** Calls by hand, one for each API. */
import type { ProviderType } from '../../../api/generated/llmprovider.ts';
import { quoted, shell } from './quote.ts';
import type { Place, Snippet } from './types.ts';

const SAY_HELLO = 'Say hello.';

export const CURL: Readonly<Record<ProviderType, Snippet>> = {
  OpenAI: openAI,
  OpenAICompatible: openAI,
  Anthropic: (place) =>
    curl(place, '/v1/messages', ['anthropic-version: 2023-06-01'], {
      model: place.model,
      max_tokens: 64,
      messages: [{ role: 'user', content: SAY_HELLO }],
    }),
  GoogleAI: (place) =>
    curl(place, `/v1beta/models/${encodeURIComponent(place.model)}:generateContent`, [], {
      contents: [{ parts: [{ text: SAY_HELLO }] }],
    }),
  Bedrock: (place) =>
    curl(place, `/model/${encodeURIComponent(place.model)}/converse`, [], {
      messages: [{ role: 'user', content: [{ text: SAY_HELLO }] }],
    }),
};

function openAI(place: Place): string {
  return curl(place, '/v1/chat/completions', [], {
    model: place.model,
    messages: [{ role: 'user', content: SAY_HELLO }],
  });
}

function curl(
  { url, tokenCommand, passthrough }: Place,
  path: string,
  headers: readonly string[],
  body: object,
): string {
  const token = passthrough ? 'X-Tidegate-Authorization' : 'Authorization';
  return `${[
    `curl ${shell(url + path)}`,
    ...(tokenCommand === undefined ? [] : [`-H "${token}: Bearer $(${tokenCommand})"`]),
    ...(passthrough ? ['-H "x-api-key: $ANTHROPIC_API_KEY"'] : []),
    ...['content-type: application/json', ...headers].map((header) => `-H ${quoted(header)}`),
    `-d ${shell(JSON.stringify(body))}`,
  ].join(' \\\n  ')}\n`;
}
