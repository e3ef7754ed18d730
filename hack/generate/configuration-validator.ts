import { _, Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { FORMATS } from '../../src/config/formats.ts';
import { configurationSchema } from '../../src/config/schema.ts';

/**
 * The configuration's validator as code. Compiling the schema when a process starts takes 6 to 8 MB that it never gives
 * back, and a proxy needs the result once.
 */
export function generateConfigurationValidator(): string {
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    allowUnionTypes: true,
    verbose: true,
    formats: FORMATS,
    code: { source: true, esm: true, formats: _`FORMATS` },
  });
  const code = standalone
    .default(ajv, ajv.compile(configurationSchema))
    .replace('"use strict";', '')
    .replace(/export default \w+;/, '');
  return [
    '// @ts-nocheck',
    '// Generated from src/config/schema.ts by hack/generate.ts. Do not edit.',
    `import { createRequire } from 'node:module';`,
    `import { FORMATS } from '../formats.ts';`,
    'const require = createRequire(import.meta.url);',
    `${code}\n`,
  ].join('\n');
}
