/**
 * A standalone gateway on loopback over examples/quickstart, with the demonstration upstream beside it; prints what to
 * try. Runs until Ctrl-C, and then ends everything that it started.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isDemoUpstream, startDemoUpstream, type DemoUpstream } from './demo-upstream.ts';

const root = new URL('..', import.meta.url).pathname;
const manifests = 'examples/quickstart';

/** Where the manifests expect the demonstration upstream. */
const demoPort = 18_099;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const port = await preferred(8080);
const adminPort = await preferred(9090);
for (const [wanted, taken] of [
  [8080, port],
  [9090, adminPort],
]) {
  if (wanted !== taken) say(`Port ${wanted} is in use: listening on ${taken} instead.`);
}
const url = `http://127.0.0.1:${port}`;
const adminURL = `http://127.0.0.1:${adminPort}`;

// A second `npm start` on this machine uses the first one's.
const demo = (await isDemoUpstream(demoPort)) ? undefined : await startDemo();

const gateway = spawn(
  process.execPath,
  [
    'src/main.ts',
    'standalone',
    '--manifests',
    manifests,
    '--listen',
    `127.0.0.1:${port}`,
    '--admin-listen',
    `127.0.0.1:${adminPort}`,
    '--log-level',
    process.env['TIDEGATE_LOG_LEVEL'] ?? 'warn',
  ],
  { cwd: root, stdio: ['inherit', 'pipe', 'pipe'] },
);
// What the log says of the manifests as they come, the table of providers says better, errors aside; all of it is shown
// if it comes to no table. What it says later is shown as it comes.
let early: Buffer | undefined = Buffer.alloc(0);
for (const [from, to] of [
  [gateway.stdout, process.stdout],
  [gateway.stderr, process.stderr],
] as const) {
  from.on('data', (text: Buffer) => {
    if (early === undefined) to.write(text);
    else early = Buffer.concat([early, text]);
  });
}
const ended = once(gateway, 'exit');
process.on('exit', () => gateway.kill('SIGKILL'));

try {
  await ready();
  await printWhatToTry();
  // The log of the start may come a little later than the start.
  await Promise.race([delay(500), ended, aborted()]);
  showLog();
  await Promise.race([ended, aborted()]);
} finally {
  demo?.close();
  gateway.kill('SIGTERM');
  // It would let open streams finish; on a laptop nobody waits for that.
  const kill = setTimeout(() => gateway.kill('SIGKILL'), 1000);
  await ended;
  clearTimeout(kill);
}

async function startDemo(): Promise<DemoUpstream> {
  try {
    return await startDemoUpstream(demoPort);
  } catch (error) {
    say(
      `Port ${demoPort}, where ${manifests}/demo.yaml has the demonstration upstream, can't be used: ${String(error)}`,
    );
    return process.exit(1);
  }
}

async function ready(): Promise<void> {
  while (gateway.exitCode === null && !stop.signal.aborted) {
    const answer = await fetch(`${adminURL}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(20);
  }
  if (gateway.exitCode !== null) {
    process.stderr.write(early ?? '');
    process.exit(gateway.exitCode);
  }
}

/** From now on the log is shown, and what it said of manifests that cannot be used. */
function showLog(): void {
  const errors = (early?.toString() ?? '').split('\n').filter((line) => line.includes('"level":"error"'));
  early = undefined;
  for (const line of errors) process.stderr.write(`${line}\n`);
}

function aborted(): Promise<void> {
  return new Promise((resolve) => {
    if (stop.signal.aborted) resolve();
    else stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

interface Described {
  readonly name: string;
  readonly type: string;
  readonly models?: readonly { readonly name: string }[];
  readonly url?: string;
  readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
}

async function printWhatToTry(): Promise<void> {
  const { providers } = (await (await fetch(`${url}/llm/v1/providers`)).json()) as { providers: readonly Described[] };
  const rows = providers.map((provider) => [
    provider.name,
    provider.type,
    provider.conditions?.find((condition) => condition.type === 'Active')?.reason ?? '',
    provider.models?.map((model) => model.name).join(', ') || 'all models',
    `${url}/llm/v1/providers/${provider.name}`,
  ]);
  say(`\nTidegate serves the manifests in ${manifests}. Change them while it runs.\n`);
  table([['NAME', 'TYPE', 'STATUS', 'MODELS', 'URL'], ...rows]);
  say(`
Call it:

  curl ${url}/llm/v1/providers/demo/v1/chat/completions \\
    -H 'Content-Type: application/json' \\
    -d '{"model": "demo-1", "stream": true, "messages": [{"role": "user", "content": "Hello!"}]}'

Or from a program, with the provider's own SDK (npm install openai, pip install openai):

  const client = new OpenAI({ baseURL: '${url}/llm/v1/providers/demo/v1', apiKey: 'not needed on loopback' });
  const answer = await client.chat.completions.create({ model: 'demo-1', messages: [{ role: 'user', content: 'Hello!' }] });

Then look at what it was counted as, and what it cost:

  curl -s ${adminURL}/metrics | grep -E '^tidegate_(tokens|cost_usd)_total' | grep -v ' 0$'

Is a provider reachable, and is its key right?

  curl -sS ${url}/llm/v1/connection-tests -H 'Content-Type: application/json' -d '{"provider": "demo"}'

What became of a call? Its id is in the header x-tidegate-request-id of every answer (curl -i):

  npm run build && npx tidegate explain --url ${url} REQUEST_ID
${missingKeys()}
Ctrl-C ends it.`);
}

/** Which variables would make the other providers Active. */
function missingKeys(): string {
  const missing = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY'].filter((key) => !process.env[key]);
  if (missing.length === 0) return '';
  const names = missing.join(', ').replace(/, (?=[^,]*$)/, ' or ');
  return `\nWith ${names} in the environment its provider is Active, too.\n`;
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    say(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd()}`,
    );
}

/** The port, or any free one when somebody has it. */
async function preferred(wanted: number): Promise<number> {
  return (await free(wanted)) ?? (await free(0)) ?? wanted;
}

async function free(candidate: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(candidate, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
