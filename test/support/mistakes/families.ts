/** One call of every API that is forwarded, whole and streamed, and what failures look like in it. */

export const TYPES = ['openai', 'anthropic', 'google', 'bedrock'] as const;

export type TypeName = (typeof TYPES)[number];

/** Path below the provider, and body. */
export interface Call {
  readonly path: string;
  readonly body: object;
}

/** An API as one type of provider speaks it. */
export interface Family {
  readonly name: string;
  readonly type: TypeName;
  readonly model: string;
  readonly whole: Call;
  readonly streamed: Call;
  /** How a stream ends that has failed. */
  readonly streamError: RegExp;
  /** The gateway's refusal of a model that is not allowed: what its body must have. */
  readonly refusal: object;
  /** Its usage tells what was written to a cache, by time to live. */
  readonly tellsCacheWrites: boolean;
}

const messages = [{ role: 'user', content: 'Hi' }];
const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const GPT_OSS = 'openai.gpt-oss-20b-1:0';
const GEMINI = 'gemini-2.5-flash';

const openAI = {
  streamError: /\n\ndata: \{"error":\{"message":.*\}\}\n\n$/,
  refusal: { error: { type: 'permission_error', code: 'model_not_allowed' } },
  tellsCacheWrites: false,
};
const anthropic = {
  streamError: /(?:^|\n)\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error",.*\}\n\n$/,
  refusal: { type: 'error', error: { type: 'permission_error' } },
  tellsCacheWrites: true,
};
const google = {
  refusal: { error: { code: 403, status: 'PERMISSION_DENIED' } },
  tellsCacheWrites: false,
};
const bedrock = {
  streamError: /:message-type[^]{3}exception/,
  refusal: {},
  tellsCacheWrites: true,
};

const chat = (model: string, path: string): Pick<Family, 'model' | 'whole' | 'streamed'> => ({
  model,
  whole: { path, body: { model, messages } },
  streamed: { path, body: { model, messages, stream: true, stream_options: { include_usage: true } } },
});

const message = (model: string, path: string): Pick<Family, 'model' | 'whole' | 'streamed'> => ({
  model,
  whole: { path, body: { model, max_tokens: 9, messages } },
  streamed: { path, body: { model, max_tokens: 9, messages, stream: true } },
});

const gemini = (query: string): Pick<Family, 'model' | 'whole' | 'streamed'> => ({
  model: GEMINI,
  whole: { path: `v1beta/models/${GEMINI}:generateContent`, body: { contents } },
  streamed: { path: `v1beta/models/${GEMINI}:streamGenerateContent${query}`, body: { contents } },
});

const run = (whole: string, streamed: string, body: object): Pick<Family, 'model' | 'whole' | 'streamed'> => ({
  model: CLAUDE,
  whole: { path: `model/${encodeURIComponent(CLAUDE)}/${whole}`, body },
  streamed: { path: `model/${encodeURIComponent(CLAUDE)}/${streamed}`, body },
});

export const families: readonly Family[] = [
  { name: 'chat of OpenAI', type: 'openai', ...openAI, ...chat('gpt-4o', 'v1/chat/completions') },
  {
    name: 'responses of OpenAI',
    type: 'openai',
    ...openAI,
    streamError: /\n\nevent: error\ndata: \{"type":"error",.*\}\n\n$/,
    model: 'gpt-4o',
    whole: { path: 'v1/responses', body: { model: 'gpt-4o', input: 'Hi' } },
    streamed: { path: 'v1/responses', body: { model: 'gpt-4o', input: 'Hi', stream: true } },
  },
  { name: 'messages of Anthropic', type: 'anthropic', ...anthropic, ...message('claude-opus-5', 'v1/messages') },
  {
    name: 'events of Google',
    type: 'google',
    ...google,
    streamError: /\n\ndata: \{"error":\{"code":50\d,.*\}\}\n\n$/,
    ...gemini('?alt=sse'),
  },
  {
    name: 'array of Google',
    type: 'google',
    ...google,
    streamError: /,\n\{"error":\{"code":50\d,.*\}\}\n\]$/,
    ...gemini(''),
  },
  {
    name: 'chat of OpenAI at Google',
    type: 'google',
    ...openAI,
    ...chat(GEMINI, 'v1beta/openai/chat/completions'),
  },
  {
    name: 'Converse of Bedrock',
    type: 'bedrock',
    ...bedrock,
    ...run('converse', 'converse-stream', { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }),
  },
  {
    name: 'InvokeModel of Bedrock',
    type: 'bedrock',
    ...bedrock,
    ...run('invoke', 'invoke-with-response-stream', {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 9,
      messages,
    }),
  },
  {
    name: 'messages of Anthropic at Bedrock',
    type: 'bedrock',
    ...anthropic,
    ...message(CLAUDE, 'anthropic/v1/messages'),
  },
  {
    name: 'chat of OpenAI at Bedrock',
    type: 'bedrock',
    ...openAI,
    ...chat(GPT_OSS, 'openai/v1/chat/completions'),
  },
];

/** Families for `test.each`, one row each. */
export const rows: readonly (readonly [string, Family])[] = families.map((family) => [family.name, family]);

/** The first family of each type. */
export const rowsByType: readonly (readonly [TypeName, Family])[] = TYPES.map((type) => {
  const family = families.find((one) => one.type === type);
  if (family === undefined) throw new Error(`no family of the type ${type}`);
  return [type, family];
});
