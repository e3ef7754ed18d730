import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ControlPlane,
  KubectlError,
  connectControlPlane,
  describeControlPlane,
  type Connection,
} from '../support/control-plane/index.ts';
import { freePorts } from '../support/control-plane/ports.ts';

describeControlPlane('the shared control plane', () => {
  let cluster: Connection;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    namespace = await cluster.createNamespace('harness');
    await cluster.createServiceAccount(namespace, 'visitor');
  });

  test('lets a ServiceAccount do only what RBAC grants it', async () => {
    const kubeconfig = await cluster.kubeconfigForServiceAccount(namespace, 'visitor');
    const attempt = cluster.kubectl('get', 'secrets', '-n', namespace, { kubeconfig });
    await expect(attempt).rejects.toThrow(KubectlError);
    await expect(attempt).rejects.toThrow(/forbidden.*system:serviceaccount:harness-\w+:visitor/i);
  });

  test('reviews a token for the audience it was minted for, and for no other', async () => {
    const token = await cluster.serviceAccountToken(namespace, 'visitor', ['gateway']);
    const review = async (audience: string): Promise<unknown> => {
      const input = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [audience] },
      };
      return JSON.parse(await cluster.kubectl('create', '-o', 'json', '-f', '-', { input }));
    };
    expect(await review('gateway')).toMatchObject({
      status: { authenticated: true, user: { username: `system:serviceaccount:${namespace}:visitor` } },
    });
    expect(await review('elsewhere')).not.toMatchObject({ status: { authenticated: true } });
  });
});

describeControlPlane('a control plane of its own', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await ControlPlane.start();
  });

  afterAll(async () => {
    await controlPlane.stop();
  });

  test('keeps its data and its address while the API server is away', async () => {
    const namespace = await controlPlane.createNamespace('outage');
    await controlPlane.stopApiServer();
    await expect(controlPlane.kubectl('get', 'namespaces')).rejects.toThrow(/refused/);
    await controlPlane.startApiServer();
    expect(await controlPlane.get('namespace', namespace)).toMatchObject({ status: { phase: 'Active' } });
  });

  test('answers 410 Gone to a watch from a forgotten revision', async () => {
    await controlPlane.forgetHistory();
    const stream = await controlPlane.kubectl(
      'get',
      '--raw',
      '/api/v1/namespaces?watch=1&resourceVersion=2&timeoutSeconds=5',
    );
    expect(JSON.parse(stream)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });
});

/** Elsewhere a port is another process's only once it is bound. */
const testLinux = process.platform === 'linux' ? test : test.skip;

testLinux('ports are none that the kernel gives away, and no two processes of tests are given the same', async () => {
  const count = 400;
  const ours = await freePorts(count);
  const module = new URL('../support/control-plane/ports.ts', import.meta.url).href;
  const program = `import { freePorts } from ${JSON.stringify(module)}; console.log(JSON.stringify(await freePorts(${String(count)})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  const all = [...ours, ...(JSON.parse(stdout) as number[])];
  expect(new Set(all).size).toBe(2 * count);
  const ofTheKernel = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  expect(all.filter((port) => port >= ofTheKernel)).toEqual([]);
});
