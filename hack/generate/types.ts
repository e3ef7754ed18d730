import type { CustomResourceDefinition, Schema } from './crd.ts';

const PASCAL = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/**
 * TypeScript types of one kind. Objects become interfaces named by their path (`LLMProviderSpec`), enums become union
 * types (`ProviderType` for the discriminator). Fields with a schema default are optional all the same: objects that
 * were not read through a defaulting server lack them.
 */
export function generateTypes(crd: CustomResourceDefinition, source: string): string {
  const { kind } = crd.spec.names;
  const [version] = crd.spec.versions;
  const root = version.schema.openAPIV3Schema;
  const declarations: string[] = [];

  const typeOf = (schema: Schema, name: string): string => {
    if (schema.enum !== undefined) {
      declarations.push(
        `${comment(schema.description, '')}export type ${name} = ${schema.enum.map(quote).join(' | ')};\n`,
      );
      return name;
    }
    switch (schema.type) {
      case 'string':
        return 'string';
      case 'integer':
      case 'number':
        return 'number';
      case 'boolean':
        return 'boolean';
      case 'array': {
        const item = typeOf(schema.items ?? {}, singular(name));
        return `readonly ${item}[]`;
      }
      case 'object':
        declarations.push(interfaceOf(schema, name));
        return name;
      case undefined:
      default:
        throw new Error(`${name}: type ${String(schema.type)} has no TypeScript form here`);
    }
  };

  const interfaceOf = (schema: Schema, name: string): string => {
    const fields = Object.entries(schema.properties ?? {}).map(([field, child]) => {
      const optional = schema.required?.includes(field) === true ? '' : '?';
      return `${comment(child.description, '  ')}  readonly ${field}${optional}: ${fieldType(child, field, name)};\n`;
    });
    return `${comment(schema.description, '')}export interface ${name} {\n${fields.join('')}}\n`;
  };

  const fieldType = (schema: Schema, field: string, parent: string): string => {
    if (parent === kind && field === 'metadata') return 'ObjectMeta';
    if (parent === kind && field === 'apiVersion') return quote(`${crd.spec.group}/${version.name}`);
    if (parent === kind && field === 'kind') return quote(kind);
    if (parent === `${kind}Status` && field === 'conditions') return 'readonly Condition[]';
    if (parent === `${kind}Spec` && field === 'type') return typeOf(schema, kind.replace(/^LLM/, '') + 'Type');
    if (field.endsWith('Ref') && schema.properties?.['key'] !== undefined) {
      return typeOf(sharedSecretKeyRef(schema), 'SecretKeyRef');
    }
    return typeOf(schema, parent + PASCAL(field));
  };

  const required: Schema = { ...root, required: ['apiVersion', 'kind', 'metadata', ...(root.required ?? [])] };
  typeOf(required, kind);
  const unique = [
    ...new Map(declarations.toReversed().map((text) => [/(?:interface|type) (\w+)/.exec(text)?.[1], text])).values(),
  ];
  return [
    `// Generated from ${source} by hack/generate.ts. Do not edit.\n`,
    `import type { Condition } from '../conditions.ts';\nimport type { ObjectMeta } from '../metadata.ts';\n`,
    ...unique,
  ].join('\n');
}

/** References differ in the default of their key only, which belongs to the field and not to the shared type. */
function sharedSecretKeyRef(schema: Schema): Schema {
  const { name, key } = schema.properties ?? {};
  if (name === undefined || key === undefined) throw new Error('a secret reference must have `name` and `key`');
  return {
    ...schema,
    description: "Names one key of a Secret in the object's own namespace.",
    properties: { name, key: { ...key, description: 'Key within the Secret. The default depends on the field.' } },
  };
}

function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/(?<=x)es$|s$/, '');
}

function quote(text: string): string {
  return `'${text}'`;
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined ? '' : `${indent}/** ${text} */\n`;
}
