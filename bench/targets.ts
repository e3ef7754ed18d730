/** Starts what is measured: nothing (direct), the bare reference, nginx when installed, and the gateway. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mainFile } from '../test/support/gateway/process.ts';
import { freePorts } from '../test/support/control-plane/ports.ts';
import { writeInvokers, writeManifests } from './manifests.ts';
import { BenchProcess } from './process.ts';
import { statusOf, type Target } from './target.ts';

const root = new URL('..', import.meta.url).pathname;

/** The upstream without anything between. */
export function direct(upstreamPort: number): Target {
  return {
    name: 'direct',
    port: upstreamPort,
    basePath: '/v1',
    token: 'none',
    process: undefined,
    stop: async () => {},
  };
}

/** `references/bare.mjs`. */
export async function bare(upstreamPort: number, folder: string): Promise<Target> {
  const [port = 0] = await freePorts(1);
  const command = [process.execPath, join(root, 'bench/references/bare.mjs'), String(upstreamPort), String(port)];
  return started('bare', new BenchProcess('bare', command, join(folder, 'bare.log')), port, '/v1');
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
  const file = join(work, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${join(work, 'pid')}; error_log ${join(work, 'error.log')};
events { worker_connections 8192; }
http { ${paths} access_log ${join(work, 'access.log')}; keepalive_requests 10000000;
  upstream up { server 127.0.0.1:${upstreamPort}; keepalive 2048; keepalive_requests 10000000; }
  server { listen 127.0.0.1:${port} backlog=4096; client_max_body_size 64m;
    location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer sk-bench-upstream"; proxy_buffering off; proxy_request_buffering off; } } }
`,
  );
  const command = ['nginx', '-e', join(work, 'error.log'), '-p', work, '-c', file];
  return started('nginx', new BenchProcess('nginx', command, join(folder, 'nginx.log')), port, '/v1');
}

const configuration = { apiVersion: 'config.tidegate.io/v1alpha1', kind: 'TidegateConfiguration' };

/** How the gateway is started. */
export interface StandaloneOptions {
  /** How many providers it has. Default: 1. */
  readonly providers?: number;
  /** Beside them, one provider for each API that is not OpenAI's. */
  readonly everyAPI?: boolean;
  /** Arguments for Node. */
  readonly nodeArgs?: readonly string[];
  /** `spec` of a Guardrail that every provider refers to, under which `name` it is reported. Default: none. */
  readonly guardrail?: object;
  readonly name?: string;
  /** Issuers of `authentication.jwt`; whoever has a token may call. Default: callers are anonymous. */
  readonly issuers?: readonly object[];
}

/** The gateway as `tidegate standalone`: metering on. */
export async function standalone(
  upstreamPort: number,
  folder: string,
  { providers = 1, everyAPI = false, nodeArgs = [], issuers = [], guardrail, name: own }: StandaloneOptions = {},
): Promise<Target> {
  const [port = 0, adminPort = 0] = await freePorts(2);
  const name = own ?? (issuers.length === 0 ? 'standalone' : 'standalone-with-issuers');
  const manifests = join(folder, `manifests-${name}-${providers}-${String(everyAPI)}`);
  writeManifests(manifests, upstreamPort, providers, everyAPI, guardrail);
  if (issuers.length > 0) writeInvokers(manifests);
  const config = join(folder, `${name}.yaml`);
  const shutdown = { endpointSeconds: 0, drainSeconds: 1 };
  writeFileSync(config, JSON.stringify({ ...configuration, shutdown, authentication: { jwt: issuers } }));
  const command = [
    process.execPath,
    ...nodeArgs,
    mainFile(),
    'standalone',
    `--manifests=${manifests}`,
    `--config=${config}`,
    `--listen=127.0.0.1:${port}`,
    `--admin-listen=127.0.0.1:${adminPort}`,
  ];
  const running = new BenchProcess(name, command, join(folder, `${name}.log`));
  const answer = issuers.length === 0 ? 200 : 401;
  return { ...(await started(name, running, port, '/llm/v1/providers/bench/v1', answer)), adminPort };
}

/** `status`: what a call without a token is answered with once it is up; default: anything. */
async function started(
  name: string,
  running: BenchProcess,
  port: number,
  basePath: string,
  status?: number,
): Promise<Target> {
  const address = { port, basePath, token: 'none' };
  try {
    await running.until(async () => {
      const answered = await statusOf(address);
      return answered !== undefined && (status ?? answered) === answered ? true : undefined;
    });
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
  return { name, ...address, process: running.measured, stop: () => running[Symbol.asyncDispose]() };
}
