import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { generateConditions } from './conditions.ts';
import { generateConfigurationValidator, generatePriceListValidator } from './configuration-validator.ts';
import type { CustomResourceDefinition } from './crd.ts';
import { generateReference } from './reference.ts';
import { generateSchemaModule } from './schema-module.ts';
import { generateTypes } from './types.ts';

/** The CRDs, by the name that their generated files have. */
const KINDS = [
  ['llmprovider', 'crds/tidegate.io_llmproviders.yaml'],
  ['guardrail', 'crds/tidegate.io_guardrails.yaml'],
] as const;

/** Every generated file of the repository by its path, with the content that it should have. */
export async function generateFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const ofKinds = await Promise.all(KINDS.map(([name, source]) => filesOfKind(root, name, source)));
  return new Map([
    ...ofKinds.flat(),
    ['src/config/generated/validate.ts', generateConfigurationValidator()],
    ['src/config/generated/validate-price-list.ts', generatePriceListValidator()],
    ['docs/reference/conditions.md', generateConditions()],
  ]);
}

async function filesOfKind(root: string, name: string, source: string): Promise<[path: string, text: string][]> {
  const text = await readFile(path.join(root, source), 'utf8');
  const crd = parse(text) as CustomResourceDefinition;
  return [
    [`src/api/generated/${name}.ts`, generateTypes(crd, source)],
    [`src/api/generated/${name}-schema.ts`, generateSchemaModule(crd, source)],
    [`docs/reference/${name}.md`, generateReference(crd, source)],
    [`charts/tidegate/files/${source}`, text],
  ];
}
