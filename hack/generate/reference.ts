import type { CustomResourceDefinition, PrinterColumn, Schema } from './crd.ts';
import { table } from './markdown.ts';

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The reference page of one kind. */
export function generateReference(crd: CustomResourceDefinition, source: string): string {
  const { kind, plural, shortNames, categories } = crd.spec.names;
  const [version] = crd.spec.versions;
  const root = version.schema.openAPIV3Schema;
  const fields = fieldsOf(root, '');
  const below = (part: string): Field[] => fields.filter(({ path }) => path.startsWith(`${part}.`));
  return (
    [
      `<!-- Generated from ${source} by hack/generate.ts. Do not edit. -->`,
      `# ${kind}`,
      root.description ?? '',
      [
        `- API version: \`${crd.spec.group}/${version.name}\`, namespaced`,
        `- \`kubectl get ${plural}\`, short \`${shortNames.join('`, `')}\`, and among \`kubectl get ${categories.join('`, `')}\``,
        `- Field selectors: ${version.selectableFields.map(({ jsonPath }) => `\`${jsonPath.slice(1)}\``).join(', ')}`,
      ].join('\n'),
      '## Spec',
      fieldTable(below('spec')),
      '## Rules',
      'Beside types and bounds, the API server and `tidegate validate` check these rules and say them when they are broken.',
      table(
        ['At', 'Rule'],
        [{ path: '', schema: root, required: true }, ...fields].flatMap(({ path, schema }) =>
          (schema['x-kubernetes-validations'] ?? []).map(({ message, fieldPath }) => [
            `\`${fieldPath?.slice(1) ?? path}\``,
            message,
          ]),
        ),
      ),
      '## Status',
      'Only the operator writes it. What conditions and their reasons mean: [Conditions](conditions.md).',
      fieldTable(below('status')),
      '## Columns',
      columnTable(version.additionalPrinterColumns),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function fieldsOf(schema: Schema, at: string): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const path = at === '' ? name : `${at}.${name}`;
    const required = schema.required?.includes(name) === true;
    const inner = child.type === 'array' ? fieldsOf(child.items ?? {}, `${path}[]`) : fieldsOf(child, path);
    return [{ path, schema: child, required }, ...inner];
  });
}

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map(({ path, schema, required }) => [
    `\`${path.replace(/^(spec|status)\./, '')}\`${required ? ' (required)' : ''}`,
    typeOf(schema),
    schema.description ?? '',
  ]);
  return table(['Field', 'Type', 'Meaning'], rows);
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  switch (schema.type) {
    case 'array':
      return `list, at most ${schema.maxItems}${ofWhat(schema.items)}`;
    case 'string':
      return `string, at most ${schema.maxLength} characters`;
    case 'integer':
    case 'number':
      return schema.maximum === undefined ? schema.type : `${schema.type}, ${schema.minimum} to ${schema.maximum}`;
    case 'boolean':
    case 'object':
      return schema.type;
    case undefined:
    default:
      throw new Error(`no words for the type ${String(schema.type)}`);
  }
}

/** Items with fields of their own have rows of their own. */
function ofWhat(items: Schema = {}): string {
  return items.type === 'object' ? '' : `: ${typeOf(items)}`;
}

function columnTable(columns: readonly PrinterColumn[]): string {
  const rows = columns.map(({ name, description, jsonPath, priority = 0 }) => [
    `${name.toUpperCase()}${priority > 0 ? ' (`-o wide`)' : ''}`,
    description,
    `\`${jsonPath}\``,
  ]);
  return table(['Column', 'Meaning', 'From'], rows);
}
