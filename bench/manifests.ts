/** The providers that the gateway under measurement has; all of them are the benchmark's upstream. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provider } from '../test/support/gateway/manifests.ts';

const KEY = 'sk-bench-upstream';

/** The spec of a provider of OpenAI's API. */
export function benchSpec(upstreamPort: number): object {
  return {
    type: 'OpenAICompatible',
    baseURL: `http://127.0.0.1:${upstreamPort}/v1`,
    secretRef: { name: 'bench', key: 'OPENAI_API_KEY' },
    models: [{ name: 'gpt-4o' }, { name: 'gpt-4o-mini' }],
  };
}

/** Names of `count` providers; the first is called. */
export function benchNames(count: number): string[] {
  return ['bench', ...Array.from({ length: count - 1 }, (_, index) => `bench-${index}`)];
}

/** Names and specs of one provider for each further API. */
function furtherSpecs(upstreamPort: number): readonly (readonly [name: string, spec: object])[] {
  const baseURL = `http://127.0.0.1:${upstreamPort}`;
  const staticKeys = { accessKeyIDRef: { name: 'bench' }, secretAccessKeyRef: { name: 'bench' } };
  return [
    [
      'anthropic',
      { type: 'Anthropic', baseURL, secretRef: { name: 'bench' }, models: [{ name: 'claude-sonnet-4-5-20250929' }] },
    ],
    ['google', { type: 'GoogleAI', baseURL, secretRef: { name: 'bench' }, models: [{ name: 'gemini-2.5-flash' }] }],
    [
      'bedrock',
      {
        type: 'Bedrock',
        baseURL,
        secretRef: undefined,
        bedrock: { region: 'us-east-1', credentials: { type: 'StaticKeys', staticKeys } },
        models: [{ name: 'us.amazon.nova-lite-v1:0' }, { name: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0' }],
      },
    ],
  ];
}

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'bench' },
  stringData: {
    OPENAI_API_KEY: KEY,
    ANTHROPIC_API_KEY: KEY,
    GOOGLE_AI_API_KEY: KEY,
    AWS_ACCESS_KEY_ID: 'bench-access-key-id',
    AWS_SECRET_ACCESS_KEY: 'bench-secret-access-key',
  },
};

/** What the name of a provider ends with that has no guardrail beside its twin that has one. */
export const UNGUARDED = '-unguarded';

/**
 * Writes `count` providers of OpenAI's API and, with `everyAPI`, one of each other. With the `spec` of a Guardrail all of
 * them refer to it, and each has an unguarded twin.
 */
export function writeManifests(
  folder: string,
  upstreamPort: number,
  count: number,
  everyAPI: boolean,
  guardrail?: object,
): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, manifest: object): void => {
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(manifest));
  };
  write('secret', secret);
  const specs = benchNames(count).map((name) => [name, benchSpec(upstreamPort)] as const);
  const all = everyAPI ? [...specs, ...furtherSpecs(upstreamPort)] : specs;
  const guarded = guardrail === undefined ? {} : { guardrailRefs: [{ name: 'bench' }] };
  for (const [name, spec] of all) write(name, provider(name, '', { ...spec, ...guarded }));
  if (guardrail !== undefined) {
    const metadata = { name: 'bench' };
    write('guardrail', { apiVersion: 'tidegate.io/v1alpha1', kind: 'Guardrail', metadata, spec: guardrail });
    for (const [name, spec] of all) write(`${name}${UNGUARDED}`, provider(`${name}${UNGUARDED}`, '', spec));
  }
}

/** Lets every caller who has shown who they are call every provider. */
export function writeInvokers(folder: string): void {
  const apiGroup = 'rbac.authorization.k8s.io';
  const role = { kind: 'ClusterRole', name: 'bench' };
  const manifests = [
    {
      kind: role.kind,
      rules: [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['invoke'] }],
    },
    {
      kind: 'ClusterRoleBinding',
      roleRef: { apiGroup, ...role },
      subjects: [{ apiGroup, kind: 'Group', name: 'system:authenticated' }],
    },
  ];
  for (const manifest of manifests) {
    const whole = { apiVersion: `${apiGroup}/v1`, metadata: { name: role.name }, ...manifest };
    writeFileSync(join(folder, `${manifest.kind}.yaml`), JSON.stringify(whole));
  }
}
