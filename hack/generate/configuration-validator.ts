import { _, Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { FORMATS } from '../../src/config/formats.ts';
import { priceListSchema } from '../../src/config/price-list-schema.ts';
import { configurationSchema } from '../../src/config/schema.ts';

/**
 * The configuration's validator as code. Compiling the schema when a process starts takes 6 to 8 MB that it never gives
 * back, and a proxy needs the result once.
 */
export function generateConfigurationValidator(): string {
  return validatorOf(configurationSchema, 'src/config/schema.ts');
}

/** The same of a price list: it is read again whenever it changes. */
export function generatePriceListValidator(): string {
  return validatorOf(priceListSchema, 'src/config/price-list-schema.ts');
}

function validatorOf(schema: object, source: string): string {
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    allowUnionTypes: true,
    verbose: true,
    inlineRefs: false,
    formats: FORMATS,
    code: { source: true, esm: true, formats: _`FORMATS` },
  });
  const code = standalone
    .default(ajv, ajv.compile(schema))
    .replace('"use strict";', '')
    .replace(/export default \w+;/, '');
  return [
    '// @ts-nocheck',
    `// Generated from ${source} by hack/generate.ts. Do not edit.`,
    `import { createRequire } from 'node:module';`,
    `import { FORMATS } from '../formats.ts';`,
    'const require = createRequire(import.meta.url);',
    `${code}\n`,
  ].join('\n');
}
