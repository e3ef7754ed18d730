/** A real Prometheus for tests: rules and queries are judged by the program that will run them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { ensurePrometheus, type PrometheusBinaries } from '../../../hack/prometheus/ensure.ts';
import { ManagedProcess } from '../../support/control-plane/managed-process.ts';
import { freePorts } from '../../support/control-plane/ports.ts';
import { waitFor } from '../../support/control-plane/wait.ts';

const found = await ensurePrometheus();
if ('missing' in found) {
  if (process.env['CI'] === 'true') throw new Error(found.missing);
  process.stderr.write(`\nSKIPPED: ${found.missing}\n\n`);
}

/** A suite that is skipped, loudly, where Prometheus can't be had; with `CI=true` it fails instead. */
export const describePrometheus: typeof describe | typeof describe.skip = 'missing' in found ? describe.skip : describe;

function binaries(): PrometheusBinaries {
  if ('missing' in found) throw new Error(found.missing);
  return found;
}

/** What promtool said. `ok`: it found nothing wrong. */
export interface Verdict {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs promtool. Never rejects because of what it found. */
export function promtool(args: readonly string[], input?: string): Promise<Verdict> {
  return new Promise((resolve) => {
    const child = execFile(binaries().promtool, args, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: stdout + stderr });
    });
    child.stdin?.end(input);
  });
}

/** One series of an answer, with its value at one time. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A running Prometheus that scrapes `targets` every second. */
export class Prometheus implements AsyncDisposable {
  readonly url: string;
  readonly #process: ManagedProcess;
  readonly #folder: string;

  private constructor(url: string, process: ManagedProcess, folder: string) {
    this.url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /** `targets`: `host:port` by name of the job. */
  static async start(targets: Readonly<Record<string, string>>, ruleFiles: readonly string[]): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-prometheus-'));
    const [port = 0] = await freePorts(1);
    mkdirSync(join(folder, 'data'));
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ruleFiles,
      scrape_configs: Object.entries(targets).map(([job_name, target]) => ({
        job_name,
        honor_labels: true,
        static_configs: [{ targets: [target] }],
      })),
    };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const child = await ManagedProcess.start({
      name: 'prometheus',
      command: binaries().prometheus,
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      logFile: join(folder, 'log'),
    });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child, folder);
    await waitFor('Prometheus', async () => (await fetch(`${prometheus.url}/-/ready`)).ok);
    return prometheus;
  }

  /** The value of an expression now. @throws when Prometheus refuses it. */
  async query(expression: string): Promise<Sample[]> {
    const answer = await this.#get<{ result: { metric: Sample['metric']; value: [number, string] }[] }>(
      `query?${new URLSearchParams({ query: expression }).toString()}`,
    );
    return answer.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Values of a label, `__name__` for the names of all metrics. */
  labelValues(label: string, match?: string): Promise<string[]> {
    const query = match === undefined ? '' : `?${new URLSearchParams({ 'match[]': match }).toString()}`;
    return this.#get<string[]>(`label/${label}/values${query}`);
  }

  /** The rules that it has loaded, each with its health. */
  async rules(): Promise<readonly { readonly name: string; readonly health: string }[]> {
    const { groups } = await this.#get<{ groups: { rules: { name: string; health: string }[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async #get<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${this.url}/api/v1/${path}`)).json()) as { data?: T; error?: string };
    if (answer.data === undefined) throw new Error(`${path}: ${answer.error ?? 'no data'}`);
    return answer.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop(5_000);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
