import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { MemoryApi, refusal } from '../../test/support/kube/memory-api.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { KubeError } from './errors.ts';
import { EventRecorder } from './events.ts';
import type { EventText } from './events.ts';
import { createKubeMetrics } from './metrics.ts';
import type { KubeObject } from './types.ts';

const provider: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 'openai', namespace: 'team-a', uid: 'u-1' },
};
const text: EventText = {
  type: 'Warning',
  reason: 'SecretNotFound',
  action: 'Compile',
  note: 'Secret "x" does not exist',
};

function setUp() {
  const api = new MemoryApi();
  const clock = new ManualClock();
  const registry = new Registry();
  const metrics = createKubeMetrics(registry);
  const recorder = new EventRecorder({
    transport: api,
    metrics,
    log: new QuietLog(),
    controller: 'example.com/operator',
    instance: 'pod-1',
    clock,
  });
  const stored = () => [...api.objects.values()];
  const count = async (result: string) =>
    (await registry.getSingleMetric('tidegate_kube_events_total')?.get())?.values.find(
      ({ labels }) => labels['result'] === result,
    )?.value;
  return { api, clock, recorder, stored, count };
}

describe('an event recorder', () => {
  test('sends a few at a time, and when it closes gives up at the signal what hangs', async () => {
    const { api, recorder, count } = setUp();
    api.intercept = ({ signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(new KubeError({ code: 'Aborted', message: 'aborted' }))),
      );
    for (let i = 0; i < 12; i++)
      recorder.record({ ...provider, metadata: { name: `p${i}`, namespace: 'team-a' } }, text);
    await settle();
    expect(api.requests).toHaveLength(4);
    const time = new AbortController();
    const closed = recorder.close(time.signal);
    time.abort();
    await closed;
    expect(api.requests).toHaveLength(4);
    expect(await count('sent')).toBe(0);
  });

  test('tells about the object, in its namespace', async () => {
    const { recorder, stored } = setUp();
    recorder.record(provider, text);
    await recorder.flush();
    expect(stored()).toEqual([
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: expect.stringMatching(/^openai\.[0-9a-f]{16}$/), namespace: 'team-a', resourceVersion: '1' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.com/operator',
        reportingInstance: 'pod-1',
        ...text,
        regarding: { apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'team-a', name: 'openai', uid: 'u-1' },
      },
    ]);
  });

  test('repeats raise the count of one series, which is written at most once a minute', async () => {
    const { api, clock, recorder, stored } = setUp();
    for (let second = 0; second < 180; second += 1) {
      recorder.record(provider, text);
      await clock.advance(1_000);
    }
    await recorder.flush();
    expect(stored()).toHaveLength(1);
    expect(api.methods).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
    expect(stored()[0]?.['series']).toEqual({ count: 180, lastObservedTime: '2026-01-01T00:03:00.000000Z' });
  });

  test('another note, reason or object is another event', async () => {
    const { recorder, stored } = setUp();
    recorder.record(provider, text);
    recorder.record(provider, { ...text, note: 'other' });
    recorder.record(provider, { ...text, reason: 'Other' });
    recorder.record({ ...provider, metadata: { ...provider.metadata, name: 'other', uid: 'u-2' } }, text);
    await recorder.flush();
    expect(stored()).toHaveLength(4);
  });

  test('the same after a pause is a new event', async () => {
    const { clock, recorder, stored } = setUp();
    recorder.record(provider, text);
    await clock.advance(60_001);
    recorder.record(provider, text);
    await recorder.flush();
    expect(stored()).toHaveLength(2);
  });

  test('an object that changes its mind all the time is cut short, others are not', async () => {
    const { recorder, stored, count } = setUp();
    for (let turn = 0; turn < 100; turn += 1) recorder.record(provider, { ...text, note: `note ${turn}` });
    recorder.record({ ...provider, metadata: { name: 'other', namespace: 'team-a' } }, text);
    await recorder.flush();
    expect(stored()).toHaveLength(26);
    expect(await count('dropped')).toBe(75);
    expect(await count('sent')).toBe(26);
  });

  test('a long note is cut to 1024 bytes at a character', async () => {
    const { recorder, stored } = setUp();
    recorder.record(provider, { ...text, note: 'ä'.repeat(2000) });
    await recorder.flush();
    const note = String(stored()[0]?.['note']);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(note).toMatch(/^ä+…$/);
  });

  test('never throws, and an event that could not be sent is counted', async () => {
    const { api, recorder, count } = setUp();
    api.intercept = () => Promise.reject(refusal(403, 'Forbidden'));
    recorder.record(provider, text);
    recorder.record({ metadata: {} }, text);
    await recorder.flush();
    expect(await count('failed')).toBe(2);
  });

  test('a series whose event has expired goes on with a new one', async () => {
    const { api, clock, recorder, stored } = setUp();
    recorder.record(provider, text);
    await recorder.flush();
    api.objects.clear();
    await clock.advance(60_000);
    recorder.record(provider, text);
    await recorder.flush();
    expect(stored()[0]?.['series']).toMatchObject({ count: 2 });
  });

  test('an object without a namespace is told about in default', async () => {
    const { api, recorder } = setUp();
    recorder.record({ ...provider, metadata: { name: 'node' } }, text);
    await recorder.close();
    expect(api.requests[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
    recorder.record(provider, text);
    await recorder.flush();
    expect(api.requests).toHaveLength(1);
  });
});
