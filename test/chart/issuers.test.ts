/** Issuers as the documentation shows them, given to the chart as values, come out of its ConfigMap unchanged. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { codeBlocks, read, repository } from '../../hack/docs/markdown.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import { connectControlPlane, describeControlPlane, type Connection } from '../support/control-plane/index.ts';
import { documents, find, objects } from './support/helm.ts';

const pages = [
  'docs/identity.md',
  ...readdirSync(join(repository, 'docs/identity')).map((file) => `docs/identity/${file}`),
];

/** By the page that shows it. */
const shown = [
  ['examples/oidc/config.yaml', read('examples/oidc/config.yaml')] as const,
  ...pages.flatMap((page) =>
    codeBlocks(read(page), 'yaml')
      .filter((block) => block.includes('kind: TidegateConfiguration'))
      .map((block) => [page, block] as const),
  ),
];

const bindings = pages.flatMap((page) =>
  codeBlocks(read(page), 'yaml')
    .filter((block) => block.includes('kind: RoleBinding'))
    .map((block) => [page, block] as const),
);

describeControlPlane('bindings of callers whom an issuer vouches for', () => {
  test.each(bindings)('are taken by the API server: those of %s', async (_page, text) => {
    const cluster = connectControlPlane();
    const namespace = await cluster.createNamespace('issuers');
    const objects = documents(text).map(({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, namespace } }));
    for (const object of objects)
      expect(await cluster.apply(object, '--validate=strict')).toContain('serverside-applied');
  });
});

describeControlPlane('issuers among the values of the chart', () => {
  let cluster: Connection;

  beforeAll(() => {
    cluster = connectControlPlane();
  });

  test.each(shown)('are those of %s', async (page, text) => {
    const { authentication } = parse(text) as { authentication: object };
    const values = join(cluster.details.folder, `values-${page.replaceAll('/', '-')}.json`);
    writeFileSync(values, JSON.stringify({ config: { authentication } }));
    const { data } = find(
      await objects(cluster, 'tidegate', '-f', values),
      'ConfigMap',
      'tidegate-config',
    ) as unknown as {
      data: Readonly<Record<string, string>>;
    };
    expect(parseConfiguration(data['config.yaml'] ?? '', 'chart').authentication).toEqual(
      parseConfiguration(text, page).authentication,
    );
  });
});
