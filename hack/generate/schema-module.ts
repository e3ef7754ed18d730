import type { CustomResourceDefinition } from './crd.ts';

/** Keys that only people read; they need not be in the process. */
const PROSE: ReadonlySet<string> = new Set(['description']);

/** A TypeScript module with the schema that the offline validator runs on. */
export function generateSchemaModule(crd: CustomResourceDefinition, source: string): string {
  const [version] = crd.spec.versions;
  const name = `${crd.spec.names.kind.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=LLM)(?=[A-Z])/g, '_').toUpperCase()}_SCHEMA`;
  return [
    `// Generated from ${source} by hack/generate.ts. Do not edit.\n`,
    `import type { StructuralSchema } from '../validation/schema.ts';\n`,
    `export const ${name}: StructuralSchema = ${JSON.stringify(withoutProse(version.schema.openAPIV3Schema), null, 2)};\n`,
  ].join('\n');
}

/** A field may itself be called `description`: only schema nodes lose theirs, not the members of `properties`. */
function withoutProse(node: unknown, isProperties = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => isProperties || !PROSE.has(key))
      .map(([key, value]) => [key, withoutProse(value, !isProperties && key === 'properties')]),
  );
}
