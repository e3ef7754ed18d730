import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { generateConditions } from './conditions.ts';
import { generateConfigurationValidator, generatePriceListValidator } from './configuration-validator.ts';
import type { CustomResourceDefinition } from './crd.ts';
import { generateReference } from './reference.ts';
import { generateSchemaModule } from './schema-module.ts';
import { generateTypes } from './types.ts';

/** Every generated file of the repository by its path, with the content that it should have. */
export async function generateFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const source = 'crds/tidegate.io_llmproviders.yaml';
  const text = await readFile(path.join(root, source), 'utf8');
  const crd = parse(text) as CustomResourceDefinition;
  return new Map([
    ['src/api/generated/llmprovider.ts', generateTypes(crd, source)],
    ['src/api/generated/llmprovider-schema.ts', generateSchemaModule(crd, source)],
    ['src/config/generated/validate.ts', generateConfigurationValidator()],
    ['src/config/generated/validate-price-list.ts', generatePriceListValidator()],
    ['docs/reference/llmprovider.md', generateReference(crd, source)],
    ['docs/reference/conditions.md', generateConditions()],
    ['charts/tidegate/files/crds/tidegate.io_llmproviders.yaml', text],
  ]);
}
