/** Starts what is measured: nothing (direct), the bare reference, nginx when installed, and the gateway. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../test/support/control-plane/ports.ts';
import { BenchProcess } from './process.ts';
import type { Target } from './target.ts';

const root = new URL('..', import.meta.url).pathname;

/** The upstream without anything between. */
export function direct(upstreamPort: number): Target {
  return { name: 'direct', port: upstreamPort, basePath: '/v1', token: 'none', process: undefined };
}

/** `references/bare.ts`. */
export async function bare(upstreamPort: number, folder: string): Promise<Target> {
  const [port = 0] = await freePorts(1);
  const script = join(root, 'bench/references/bare.ts');
  const running = new BenchProcess(
    'bare',
    [process.execPath, script, String(upstreamPort), String(port)],
    join(folder, 'bare.log'),
  );
  await running.until(() => answers(`http://127.0.0.1:${port}/v1/chat/completions`));
  return { name: 'bare', port, basePath: '/v1', token: 'none', process: running };
}

/** nginx in one process, streaming as it comes; undefined when it isn't installed. */
export async function nginx(upstreamPort: number, folder: string): Promise<Target | undefined> {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const [port = 0] = await freePorts(1);
  const work = join(folder, 'nginx');
  mkdirSync(work, { recursive: true });
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(work, kind)};`)
    .join(' ');
  writeFileSync(
    join(work, 'nginx.conf'),
    `daemon off; master_process off; pid ${join(work, 'pid')}; error_log ${join(work, 'error.log')};
events { worker_connections 8192; }
http { ${paths} access_log ${join(work, 'access.log')}; keepalive_requests 10000000;
  upstream up { server 127.0.0.1:${upstreamPort}; keepalive 2048; keepalive_requests 10000000; }
  server { listen 127.0.0.1:${port} backlog=4096; client_max_body_size 64m;
    location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer sk-bench-upstream"; proxy_buffering off; proxy_request_buffering off; } } }
`,
  );
  const running = new BenchProcess(
    'nginx',
    ['nginx', '-p', work, '-c', join(work, 'nginx.conf')],
    join(folder, 'nginx.log'),
  );
  await running.until(() => answers(`http://127.0.0.1:${port}/v1/chat/completions`));
  return { name: 'nginx', port, basePath: '/v1', token: 'none', process: running };
}

/** The command line of the gateway's processes: its source, or with `BENCH_GATEWAY` another build's main file. */
export function gatewayCommand(...args: string[]): string[] {
  return [process.execPath, process.env['BENCH_GATEWAY'] ?? join(root, 'src/main.ts'), ...args];
}

/** Manifests of `count` providers, of which `bench` goes to the upstream. */
export function writeManifests(folder: string, upstreamPort: number, count = 1): void {
  mkdirSync(folder, { recursive: true });
  const names = ['bench', ...Array.from({ length: count - 1 }, (_, index) => `bench-${index}`)];
  for (const name of names) {
    const manifests = [
      { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { API_KEY: 'sk-bench-upstream' } },
      {
        apiVersion: 'tidegate.io/v1alpha1',
        kind: 'LLMProvider',
        metadata: { name },
        spec: {
          type: 'OpenAICompatible',
          baseURL: `http://127.0.0.1:${upstreamPort}/v1`,
          secretRef: { name },
          models: [{ name: 'gpt-4o' }, { name: 'gpt-4o-mini' }],
        },
      },
    ];
    writeFileSync(join(folder, `${name}.yaml`), manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n'));
  }
}

/** The gateway as `tidegate standalone`: metering on, callers anonymous. */
export async function standalone(upstreamPort: number, folder: string, providers = 1): Promise<Target> {
  const [port = 0, adminPort = 0] = await freePorts(2);
  const manifests = join(folder, `manifests-${providers}`);
  writeManifests(manifests, upstreamPort, providers);
  const running = new BenchProcess(
    'standalone',
    gatewayCommand(
      'standalone',
      `--manifests=${manifests}`,
      `--listen=127.0.0.1:${port}`,
      `--admin-listen=127.0.0.1:${adminPort}`,
    ),
    join(folder, 'standalone.log'),
  );
  const target = { name: 'standalone', port, basePath: '/llm/v1/providers/bench/v1', token: 'none', process: running };
  await running.until(() => serves(target));
  return target;
}

/** True once a chat call through the target is answered with 200. */
export async function serves(target: Omit<Target, 'process'>): Promise<true | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${target.port}${target.basePath}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${target.token}`, connection: 'close' },
      body: '{"model":"gpt-4o","messages":[]}',
    });
    await answer.arrayBuffer();
    return answer.status === 200 ? true : undefined;
  } catch {
    return undefined;
  }
}

async function answers(url: string): Promise<true | undefined> {
  try {
    await (await fetch(url, { method: 'POST', body: '{}', headers: { connection: 'close' } })).arrayBuffer();
    return true;
  } catch {
    return undefined;
  }
}
