/**
 * The dashboard and the alerts against a real Prometheus, which scrapes a real gateway with traffic of every kind and the
 * operator's metrics: nothing that should show something is empty, and no name of a metric is a slip.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Registry } from 'prom-client';
import { createOperatorMetrics } from '../../src/operator/metrics.ts';
import { createRegistry } from '../../src/telemetry/process-metrics.ts';
import { CertificateAuthority } from '../support/certificates.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { guardrail, post, provider, secret, send, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';
import { alerts, alertsFile, dashboard, metricsIn, panelQueries } from './support/files.ts';
import { describePrometheus, promtool, Prometheus } from './support/prometheus.ts';

/** What Grafana would put in place of its variables. */
function filled(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '15s')
    .replaceAll('$__range', '5m')
    .replaceAll(/\$(namespace|provider)\b/g, '.*');
}

/** Panels that are at 0 while all is well, beside those that must have a sample above it. */
const mayBeZero = new Set(['Publications of the table', 'Open requests', 'Open requests by proxy']);

describePrometheus('with data', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  /** Without traffic; it has what only some configurations have. */
  let guarded: StandaloneGateway;
  let operator: Server;
  let prometheus: Prometheus;
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-monitoring-'));
  const ending = new AbortController();
  let traffic: Promise<void>;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey], remember: false });
    writeFileSync(
      join(folder, 'prices.yaml'),
      JSON.stringify({ apiVersion: 'config.tidegate.io/v1alpha1', kind: 'PriceList', prices: {} }),
    );
    gateway = await StandaloneGateway.start({
      config: { prices: { file: join(folder, 'prices.yaml') } },
      manifests: {
        'providers.yaml': [
          provider('openai', upstream.origin),
          provider('house', upstream.origin, {
            type: 'OpenAICompatible',
            secretRef: { name: 'openai', key: 'OPENAI_API_KEY' },
            models: [{ name: 'gpt-4o' }, { name: 'o3' }],
          }),
          provider('broken', upstream.origin, { secretRef: { name: 'nowhere' } }),
          provider('checked', upstream.origin, { secretRef: { name: 'openai' }, guardrailRefs: [{ name: 'rules' }] }),
          guardrail('rules', { failurePolicy: 'Open' }),
          provider('asking', upstream.origin, { secretRef: { name: 'openai' }, guardrailRefs: [{ name: 'judge' }] }),
          guardrail('judge', {
            contentPolicies: {
              deniedTopics: [{ name: 'weather', definition: 'What the weather will be.' }],
              evaluator: { http: { url: 'http://127.0.0.1:1/nobody' } },
            },
          }),
          secret('openai'),
        ],
      },
    });
    guarded = await startGuarded(folder);
    const registry = createRegistry('operator');
    const metrics = createOperatorMetrics(registry);
    metrics.providers.set({ reason: 'Active' }, 3);
    metrics.guardrails.set({ reason: 'Ready' }, 1);
    metrics.proxies.set({ table: 'Newest' }, 2);
    metrics.namespacesRefused.set({ resource: 'Secrets' }, 0);
    metrics.publications.inc({ result: 'success' });
    operator = await served(registry);
    const { port } = operator.address() as AddressInfo;
    const targets = {
      gateway: new URL(gateway.adminURL).host,
      guarded: new URL(guarded.adminURL).host,
      operator: `127.0.0.1:${port}`,
    };
    prometheus = await Prometheus.start(targets, [alertsFile]);
    traffic = keepCalling(gateway, ending.signal);
  });

  afterAll(async () => {
    ending.abort();
    await traffic;
    await prometheus[Symbol.asyncDispose]();
    await guarded[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    operator.closeAllConnections();
    await new Promise((resolve) => operator.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(panelQueries)(
    'the panel "$panel" shows something: $legendFormat',
    async ({ panel, expr, legendFormat }) => {
      const samples = await waitFor('data', async () => {
        const found = await prometheus.query(filled(expr));
        const worth = found.filter(({ value }) => Number.isFinite(value) && (value > 0 || mayBeZero.has(panel)));
        return worth.length > 0 && worth;
      });
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        expect(samples.some(({ metric }) => metric[label] !== undefined && metric[label] !== '')).toBe(true);
      }
    },
  );

  test('the variables find namespaces and providers', async () => {
    const providers = waitFor('providers', async () => {
      const found = await prometheus.labelValues('provider', 'tidegate_requests_total{namespace=~".*"}');
      return found.includes('openai') && found.includes('house') && found;
    });
    expect(await providers).toContain('broken');
    expect(await prometheus.labelValues('namespace', 'tidegate_requests_total')).toContain('default');
  });

  test('every metric that an alert or a panel names is there', async () => {
    const wanted = new Set([...alerts, ...panelQueries].flatMap(({ expr }) => metricsIn(expr)));
    expect(wanted.size).toBeGreaterThan(20);
    const known = await waitFor('what both say', async () => {
      const names = new Set(await prometheus.labelValues('__name__'));
      return names.has('tidegate_operator_proxies') && names.has('tidegate_client_disconnects_total') && names;
    });
    const missing = [...wanted].filter((name) => !known.has(name));
    expect(missing).toEqual([]);
  });

  test('every alert is loaded and can be evaluated', async () => {
    const rules = await waitFor('an evaluation', async () => {
      const loaded = await prometheus.rules();
      return loaded.every(({ health }) => health !== 'unknown') && loaded;
    });
    expect(rules.map(({ name }) => name).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test('promtool finds nothing wrong with the names and texts of the metrics', async () => {
    const text = await gateway.process.metricsText();
    // Node.js' own, which prom-client names.
    const own = text.split('\n').filter((line) => !/^(# (HELP|TYPE) )?(nodejs|process)_/.test(line));
    const { output } = await promtool(['check', 'metrics'], `${own.join('\n').trimEnd()}\n`);
    expect(output).toBe('');
  });

  test('promtool does find something wrong, so that the check above can fail', async () => {
    const { ok } = await promtool(['check', 'metrics'], '# TYPE tidegate_things counter\ntidegate_things 1\n');
    expect(ok).toBe(false);
  });
});

describe('the dashboard', () => {
  test('has panels that do not overlap, each with a title, a description and an id of its own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { type, title, description, gridPos } of panels) {
      expect(title).not.toBe('');
      if (type !== 'row') expect(description).toMatch(/\.$/);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken).not.toContain(`${x},${y}`);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  test('lets one choose data source, namespace and provider', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace', 'provider']);
  });
});

/** A gateway that speaks TLS and has an issuer, which cannot be reached. */
async function startGuarded(folder: string): Promise<StandaloneGateway> {
  const { certificate, key } = await (await CertificateAuthority.create()).server();
  const [certFile, privateKeyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  writeFileSync(certFile, certificate);
  writeFileSync(privateKeyFile, key);
  return StandaloneGateway.start({
    config: {
      tls: { certFile, privateKeyFile },
      authentication: { jwt: [{ issuer: { url: 'https://127.0.0.1:1', audiences: ['https://gateway.example.com'] } }] },
    },
    manifests: {},
  });
}

async function served(registry: Registry): Promise<Server> {
  const server = createServer((_request, response) => {
    void registry.metrics().then((text) => {
      response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

const messages = [{ role: 'user', content: 'Say hello.' }];

/** Calls of every kind, over and over: a rate needs more than one look. */
async function keepCalling(gateway: StandaloneGateway, signal: AbortSignal): Promise<void> {
  const call = async (
    name: string,
    body: object,
    scenario: Scenario = {},
    operation = 'chat/completions',
  ): Promise<void> => {
    await post(`${gateway.provider(name)}/${operation}`, body, { [scenarioHeader]: JSON.stringify(scenario) });
  };
  while (!signal.aborted) {
    await Promise.all([
      call('openai', { model: 'gpt-4o', messages }),
      call('openai', { model: 'gpt-5', messages, stream: true }, { framesPerSecond: 50 }),
      call('openai', { model: 'gpt-4o', messages }, { error: 500 }),
      call('openai', { model: 'gpt-4o', messages }, { withoutUsage: true }),
      call('house', { model: 'o3', messages }),
      call('house', { model: 'gpt-5', messages }),
      call('broken', { model: 'gpt-5', messages }),
      call('checked', { model: 'gpt-5', messages: [{ role: 'user', content: 'Write to a@example.com.' }] }),
      call('asking', { model: 'gpt-5', messages }),
      call('checked', { model: 'gpt-5', messages, stream: true }),
      // A prompt in tokens is what no Guardrail can read.
      call('checked', { model: 'gpt-5', prompt: [15496, 995] }, {}, 'completions'),
      hangUp(gateway),
    ]);
    await delay(100);
  }
}

/** A stream whose client goes after the first bytes. */
async function hangUp(gateway: StandaloneGateway): Promise<void> {
  const gone = new AbortController();
  const answer = await send(`${gateway.provider('openai')}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [scenarioHeader]: '{"hangAfterFrames":2}' },
    body: JSON.stringify({ model: 'gpt-5', messages, stream: true }),
    signal: gone.signal,
  });
  await new Promise((resolve) => answer.once('data', resolve));
  answer.on('error', () => undefined);
  gone.abort();
}
