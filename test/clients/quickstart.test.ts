/** `npm start` as a newcomer sees it: what it prints works when it is pasted. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { ManagedProcess } from '../support/control-plane/managed-process.ts';
import { waitFor } from '../support/control-plane/wait.ts';

const shell = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'tidegate-quickstart-'));

let start: ManagedProcess;
let printed: string;

beforeAll(async () => {
  const { OPENAI_API_KEY: _openai, ANTHROPIC_API_KEY: _anthropic, GEMINI_API_KEY: _gemini, ...env } = process.env;
  start = await ManagedProcess.start({
    name: 'npm start',
    command: process.execPath,
    args: [new URL('../../hack/start.mjs', import.meta.url).pathname],
    logFile: join(folder, 'log'),
    // So that each request is told.
    env: { ...env, TIDEGATE_LOG_LEVEL: 'info' },
  });
  printed = await waitFor('it to say what to try', () => {
    const text = readFileSync(start.logFile, 'utf8');
    if (!start.isRunning) throw new Error(`npm start has ended: ${text}`);
    return text.includes('Ctrl-C') ? text : undefined;
  });
});

afterAll(async () => {
  await start.stop(5000);
  rmSync(folder, { recursive: true, force: true });
});

/** The command that begins so, with its continuation lines. */
function command(beginning: string): string {
  const lines = printed.split('\n');
  const first = lines.findIndex((line) => line.trim().startsWith(beginning));
  const last = lines.findIndex((line, index) => index >= first && !line.endsWith('\\'));
  return lines.slice(first, last + 1).join('\n');
}

test('the table shows the demonstration as Active and the real providers without their keys', () => {
  expect(printed).toMatch(/^ +demo +OpenAICompatible +Active +demo-1 +http/m);
  expect(printed).toMatch(/^ +openai +OpenAI +Secret\w+ /m);
  expect(printed).toMatch(/^ +anthropic +Anthropic +Secret\w+ /m);
  expect(printed).toMatch(/^ +gemini +GoogleAI +Secret\w+ /m);
  expect(printed).toContain('With OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY in the environment');
});

test('the curl command streams an answer that says what it is', async () => {
  const { stdout } = await shell('sh', ['-c', command('curl http')]);
  const text = [...stdout.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
  expect(text).toBe("This is Tidegate's demonstration upstream, not a language model. You said: Hello!");
  expect(stdout).not.toContain('"choices":[]');
});

test('the SDK gets chat and responses, streamed and whole', async () => {
  const baseURL = /baseURL: '([^']+)'/.exec(printed)?.[1] ?? '';
  const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'one two' }];
  const whole = await client.chat.completions.create({ model: 'demo-1', messages });
  expect(whole.usage?.prompt_tokens).toBe(2);
  const streamed = client.responses.stream({ model: 'demo-1', input: 'one two' });
  expect((await streamed.finalResponse()).output_text).toContain('one two');
  await expect(client.chat.completions.create({ model: 'gpt-4o', messages })).rejects.toBeInstanceOf(
    OpenAI.PermissionDeniedError,
  );
});

test('what the gateway logs while it runs is shown', async () => {
  await waitFor('the request in the log', () =>
    readFileSync(start.logFile, 'utf8').includes('"operation":"chat"') ? true : undefined,
  );
});

test('the metrics command shows tokens and cost', async () => {
  const { stdout } = await shell('sh', ['-c', command('curl -s ')]);
  expect(stdout).toMatch(/^tidegate_tokens_total\{.*provider="demo".*\} [1-9]/m);
  expect(stdout).toMatch(/^tidegate_cost_usd_total\{.*provider="demo".*token_type="output"\} (?!0$)\d/m);
});

test('the connection test passes', async () => {
  const { stdout } = await shell('sh', ['-c', command('curl -sS')]);
  expect(JSON.parse(stdout)).toMatchObject({ provider: 'demo', passed: true, billed: false });
});

test('a call that was refused is explained by the command that it printed', async () => {
  const [, url = ''] = /npx tidegate explain --url (\S+) REQUEST_ID/.exec(printed) ?? [];
  const body = JSON.stringify({ model: 'demo-2', messages: [{ role: 'user', content: 'Hello!' }] });
  const refused = await fetch(`${url}/llm/v1/providers/demo/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await refused.text();
  const id = refused.headers.get('x-tidegate-request-id') ?? '';
  const program = new URL('../../src/main.ts', import.meta.url).pathname;
  const { stdout } = await shell(process.execPath, [program, 'explain', '--url', url, id]);
  expect(stdout).toContain(`403 ModelNotAllowed  POST /llm/v1/providers/demo/v1/chat/completions ${id}`);
  expect(stdout).toContain('hint: what is allowed: tidegate provider models demo -n default');
});

test('it ends with everything that it started', async () => {
  const url = /baseURL: '([^']+)'/.exec(printed)?.[1] ?? '';
  await start.stop(5000);
  await expect(fetch(`${url}/models`)).rejects.toThrow();
  expect(start.isRunning).toBe(false);
});
