/** Calls that bill tokens, one for each API and form of answer, as their clients would make them. */

/** One kind of call. */
export interface BilledCall {
  readonly provider: 'openai' | 'anthropic' | 'google' | 'bedrock';
  /** Below the provider's URL. */
  readonly path: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The model whose price counts. */
  readonly model: string;
  readonly streamed: boolean;
  /** The client does not get all that the upstream sends: the usage chunk that the gateway asked for. */
  readonly filtered?: true;
  /** The fake leaves the figure out when the scenario says so. */
  readonly mayLackUsage?: true;
}

const messages = [{ role: 'user', content: 'Say hello.' }];
const contents = [{ role: 'user', parts: [{ text: 'Say hello.' }] }];
const converseMessages = [{ role: 'user', content: [{ text: 'Say hello.' }] }];
const anthropicHeaders = { 'anthropic-version': '2023-06-01' };

const openAI: BilledCall[] = [
  { path: 'v1/chat/completions', model: 'gpt-4o', body: { messages }, streamed: false, mayLackUsage: true as const },
  {
    path: 'v1/chat/completions',
    model: 'gpt-5',
    body: { messages, stream: true },
    streamed: true,
    filtered: true as const,
  },
  {
    path: 'v1/chat/completions',
    model: 'gpt-4o',
    body: { messages, stream: true, stream_options: { include_usage: true } },
    streamed: true,
  },
  { path: 'v1/completions', model: 'gpt-3.5-turbo-instruct', body: { prompt: 'Say hello.' }, streamed: false },
  { path: 'v1/responses', model: 'gpt-5', body: { input: 'Say hello.' }, streamed: false },
  { path: 'v1/responses', model: 'gpt-5', body: { input: 'Say hello.', stream: true }, streamed: true },
  { path: 'v1/embeddings', model: 'text-embedding-3-small', body: { input: 'Say hello.' }, streamed: false },
].map((call) => ({ ...call, provider: 'openai', body: { model: call.model, ...call.body } }));

const anthropic: BilledCall[] = [
  { model: 'claude-opus-5', body: {}, streamed: false },
  { model: 'claude-sonnet-5', body: { stream: true }, streamed: true },
  {
    model: 'claude-opus-5',
    body: { stream: true, thinking: { type: 'enabled', budget_tokens: 1024 } },
    streamed: true,
  },
].map(({ model, body, streamed }) => ({
  provider: 'anthropic',
  path: 'v1/messages',
  headers: anthropicHeaders,
  model,
  body: { model, max_tokens: 2048, messages, ...body },
  streamed,
}));

const google: BilledCall[] = [
  { model: 'gemini-2.5-pro', action: 'generateContent', streamed: false },
  { model: 'gemini-2.5-pro', action: 'streamGenerateContent?alt=sse', streamed: true },
  { model: 'gemini-2.5-flash', action: 'streamGenerateContent', streamed: true },
].map(({ model, action, streamed }) => ({
  provider: 'google',
  path: `v1beta/models/${model}:${action}`,
  model,
  body: { contents },
  streamed,
}));

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const claudeBody = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 64, messages };

const bedrock: BilledCall[] = [
  { model: claude, action: 'converse', body: { messages: converseMessages }, streamed: false },
  { model: claude, action: 'converse-stream', body: { messages: converseMessages }, streamed: true },
  { model: claude, action: 'invoke', body: claudeBody, streamed: false },
  { model: claude, action: 'invoke-with-response-stream', body: claudeBody, streamed: true },
].map(({ model, action, body, streamed }) => ({
  provider: 'bedrock',
  path: `model/${encodeURIComponent(model)}/${action}`,
  model,
  body,
  streamed,
}));

export const billedCalls: readonly BilledCall[] = [...openAI, ...anthropic, ...google, ...bedrock];
