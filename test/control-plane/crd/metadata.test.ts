import { beforeAll, expect, test } from '@jest/globals';
import { Catalog, parseFile } from '../../../src/standalone/index.ts';
import { connectControlPlane, describeControlPlane, type Connection } from '../../support/control-plane/index.ts';

const provider = (metadata: string): string =>
  `apiVersion: tidegate.io/v1alpha1\nkind: LLMProvider\nmetadata: {name: example, ${metadata}}\nspec: {type: OpenAICompatible, baseURL: "http://h/v1"}\n`;
const guardrail = (metadata: string): string =>
  `apiVersion: tidegate.io/v1alpha1\nkind: Guardrail\nmetadata: {name: example, ${metadata}}\nspec: {profanity: {action: Block}}\n`;
const secret = (type: string, fields = '', metadata = ''): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: example${metadata}}\ntype: ${type}\n${fields}\n`;
const owner = 'apiVersion: v1, kind: Pod, name: a, uid: u';

/** Each may be valid or not: what counts is that both sides say the same. */
const manifests: readonly (readonly [what: string, manifest: string])[] = [
  ['an owner', provider(`ownerReferences: [{${owner}}]`)],
  ['an owner without a uid', provider('ownerReferences: [{apiVersion: v1, kind: Pod, name: a}]')],
  ['an owner of no kind', provider('ownerReferences: [{apiVersion: v1, name: a, uid: u}]')],
  ['an owner with an unknown field', provider(`ownerReferences: [{${owner}, foo: bar}]`)],
  ['two controllers', provider(`ownerReferences: [{${owner}, controller: true}, {${owner}2, controller: true}]`)],
  ['owners that are no list', provider('ownerReferences: {}')],
  ['a creation time', provider('creationTimestamp: "2026-01-01T00:00:00Z"')],
  ['no creation time', provider('creationTimestamp: null')],
  ['a creation time that is none', provider('creationTimestamp: garbage')],
  ['a generation', provider('generation: 7')],
  ['a generation in words', provider('generation: "a"')],
  ['a uid that is no text', provider('uid: 5')],
  ['a finalizer', provider('finalizers: [example.com/a]')],
  ['a finalizer with a blank', provider('finalizers: ["example.com/a b"]')],
  ['a finalizer that is no text', provider('finalizers: [5]')],
  ['an annotation without a value', provider('annotations: {a: null}')],
  ['a label without a value', provider('labels: {a: null}')],
  ['half a character', provider('annotations: {a: "\\ud800"}')],
  ['an octal number', `${provider('labels: {}').trimEnd().slice(0, -1)}, timeouts: {connectSeconds: 0o17}}\n`],
  [
    'a List with an item that is no object',
    `apiVersion: v1\nkind: List\nitems:\n- 5\n- ${secret('Opaque').trimEnd().replaceAll('\n', '\n  ')}\n`,
  ],
  ['a Guardrail', guardrail('labels: {a: b}')],
  ['a Guardrail with a label that is none', guardrail('labels: {a: "b c"}')],
  ['a Guardrail with a finalizer that is no text', guardrail('finalizers: [5]')],
  ['a TLS Secret', secret('kubernetes.io/tls', 'stringData: {tls.crt: "", tls.key: ""}')],
  ['a TLS Secret without a key', secret('kubernetes.io/tls', 'stringData: {tls.crt: ""}')],
  ['registry credentials', secret('kubernetes.io/dockerconfigjson', "stringData: {.dockerconfigjson: '{}'}")],
  ['registry credentials under another key', secret('kubernetes.io/dockerconfigjson', 'stringData: {a: b}')],
  [
    'registry credentials that are no JSON',
    secret('kubernetes.io/dockerconfigjson', "stringData: {.dockerconfigjson: '{'}"),
  ],
  ['registry credentials that are a list', secret('kubernetes.io/dockercfg', "stringData: {.dockercfg: '[]'}")],
  ['old registry credentials', secret('kubernetes.io/dockercfg', 'data: {.dockercfg: e30=}')],
  ['a password alone', secret('kubernetes.io/basic-auth', 'stringData: {password: ""}')],
  ['neither user nor password', secret('kubernetes.io/basic-auth', 'stringData: {a: b}')],
  ['an SSH key', secret('kubernetes.io/ssh-auth', 'stringData: {ssh-privatekey: a}')],
  ['an empty SSH key', secret('kubernetes.io/ssh-auth', 'stringData: {ssh-privatekey: ""}')],
  ['a token of nobody', secret('kubernetes.io/service-account-token')],
  [
    'a token of a ServiceAccount',
    secret('kubernetes.io/service-account-token', '', ', annotations: {kubernetes.io/service-account.name: default}'),
  ],
  ['a type of its own', secret('example.com/a')],
];

describeControlPlane('of metadata and Secrets the offline validator accepts what the API server accepts', () => {
  let cluster: Connection;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
    namespace = await cluster.createNamespace('crd-metadata');
  });

  test.each(manifests)('%s', async (_what, text) => {
    const { problems } = new Catalog({}).update([parseFile({ file: 'a.yaml', text })]);
    const said = await cluster
      .kubectl('create', '--dry-run=server', '--validate=strict', '-n', namespace, '-f', '-', { input: text })
      .then(
        () => undefined,
        (error: Error) => error.message,
      );
    expect({ offline: problems.map(({ message }) => message), isAccepted: problems.length === 0, said }).toMatchObject({
      isAccepted: said === undefined,
    });
  });
});
