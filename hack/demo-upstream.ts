/**
 * The demonstration upstream of `npm start`: OpenAI's shapes on loopback, so that the gateway can be tried without an
 * account. It is no language model and says so in every answer; the tokens that it reports are words.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** The key that it accepts; the quickstart's Secret holds it. */
export const demoKey = 'demo-key-that-only-the-gateway-knows';

/** The model that it lists. */
const demoModel = 'demo-1';

const wordsPerSecond = 20;

/** A running demonstration upstream. */
export interface DemoUpstream {
  /** Closes it with all its connections. */
  close(): void;
}

/** Listens on 127.0.0.1. @throws when the port is taken. */
export async function startDemoUpstream(port: number): Promise<DemoUpstream> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Whether one listens there already. */
export async function isDemoUpstream(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers: { authorization: `Bearer ${demoKey}` } })
    .then((response) => response.text())
    .catch(() => '');
  return answer.includes(demoModel);
}

interface Call {
  readonly model?: string;
  readonly messages?: readonly { readonly content?: unknown }[];
  readonly input?: unknown;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.headers.authorization !== `Bearer ${demoKey}`) {
    return fail(response, 401, 'Incorrect API key provided.', 'invalid_api_key');
  }
  const route = `${request.method} ${request.url?.split('?', 1)[0]}`;
  if (route === 'GET /v1/models') {
    const model = { id: demoModel, object: 'model', created: 0, owned_by: 'tidegate-demo' };
    return send(response, 200, { object: 'list', data: [model] });
  }
  if (route !== 'POST /v1/chat/completions' && route !== 'POST /v1/responses') {
    return fail(response, 404, `The demonstration upstream has no ${route}.`, null);
  }
  const call = await read(request);
  if (call === undefined) return fail(response, 400, 'The body is not JSON.', null);
  if (call.model !== demoModel) {
    return fail(
      response,
      404,
      `The model \`${String(call.model)}\` does not exist here: use ${demoModel}.`,
      'model_not_found',
    );
  }
  return route.endsWith('responses') ? respond(call, response) : complete(call, response);
}

async function complete(call: Call, response: ServerResponse): Promise<void> {
  const said = textOf(call.messages?.at(-1)?.content);
  const words = reply(said);
  const [input, output] = [count(said), words.length];
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const base = { id: `chatcmpl-demo-${Date.now()}`, created: Math.floor(Date.now() / 1000), model: demoModel };
  if (call.stream !== true) {
    const message = { role: 'assistant', content: words.join(''), refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
    return send(response, 200, { ...base, object: 'chat.completion', choices, usage });
  }
  const write = eventWriter(response);
  const chunk = (delta: object, finish: string | null): Promise<void> =>
    write({
      ...base,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    });
  await chunk({ role: 'assistant', content: '' }, null);
  for (const word of words) {
    await delay(1000 / wordsPerSecond);
    await chunk({ content: word }, null);
  }
  await chunk({}, 'stop');
  if (call.stream_options?.include_usage === true) {
    await write({ ...base, object: 'chat.completion.chunk', choices: [], usage });
  }
  await write('[DONE]');
  response.end();
}

async function respond(call: Call, response: ServerResponse): Promise<void> {
  const said = textOf(call.input);
  const words = reply(said);
  const [input, output] = [count(said), words.length];
  const id = `resp_demo_${Date.now()}`;
  const item = `msg_demo_${Date.now()}`;
  const base = { id, object: 'response', created_at: Math.floor(Date.now() / 1000), model: demoModel, error: null };
  const content = [{ type: 'output_text', text: words.join(''), annotations: [] }];
  const done = {
    ...base,
    status: 'completed',
    output: [{ id: item, type: 'message', role: 'assistant', status: 'completed', content }],
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + output,
    },
  };
  if (call.stream !== true) return send(response, 200, done);
  const write = eventWriter(response);
  let sequence = 0;
  const event = (type: string, fields: object): Promise<void> =>
    write({ type, sequence_number: sequence++, ...fields }, type);
  const place = { item_id: item, output_index: 0, content_index: 0 };
  const empty = { id: item, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  await event('response.created', { response: { ...base, status: 'in_progress', output: [] } });
  await event('response.output_item.added', { output_index: 0, item: empty });
  await event('response.content_part.added', { ...place, part: { type: 'output_text', text: '', annotations: [] } });
  for (const delta of words) {
    await delay(1000 / wordsPerSecond);
    await event('response.output_text.delta', { ...place, delta });
  }
  await event('response.output_text.done', { ...place, text: words.join('') });
  await event('response.content_part.done', { ...place, part: content[0] });
  await event('response.output_item.done', { output_index: 0, item: done.output[0] });
  await event('response.completed', { response: done });
  response.end();
}

function reply(said: string): string[] {
  const text = `This is Tidegate's demonstration upstream, not a language model. You said: ${said || '(nothing)'}`;
  return text.match(/\s*\S+/g) ?? [];
}

function count(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** The text in a message's content or a response's input, which is a string or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { text?: unknown; content?: unknown }) =>
      typeof part.text === 'string' ? part.text : textOf(part.content),
    )
    .join(' ');
}

function eventWriter(response: ServerResponse): (data: object | string, name?: string) => Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  return async (data, name) => {
    if (response.destroyed) throw new Error('the caller is gone');
    const line = typeof data === 'string' ? data : JSON.stringify(data);
    response.write(`${name === undefined ? '' : `event: ${name}\n`}data: ${line}\n\n`);
  };
}

async function read(request: IncomingMessage): Promise<Call | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Call;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, message: string, code: string | null): void {
  send(response, status, { error: { message, type: 'invalid_request_error', param: null, code } });
}
