/** `tidegate provider create`: YAML to stdout, or objects in the cluster. */
import { readFile } from 'node:fs/promises';
import { LLM_PROVIDER_SCHEMA } from '../../../api/generated/llmprovider-schema.ts';
import { admitCustomResource } from '../../../api/validation/admission.ts';
import type { JSONObject } from '../../../api/validation/schema.ts';
import { CommandError, EXIT, type CommandIO } from '../../../command/io.ts';
import { Redacted } from '../../../redacted.ts';
import { ClusterProviders, wantedNamespace } from '../../kubernetes/providers.ts';
import { askedFor } from './form.ts';
import { objectsOf, type NewObjects } from './manifests.ts';
import type { CreateOptions } from './options.ts';

export async function runProviderCreate(given: CreateOptions, io: CommandIO): Promise<number> {
  const options = await whole(given, io);
  const { type, secretFromFile, secretFromEnv } = options;
  const [displayName = options.name ?? ''] = options.arguments;
  if (type === undefined) throw missing('type', '--type');
  const makesSecret = secretFromFile !== undefined || secretFromEnv !== undefined;
  const objects = objectsOf({
    ...options,
    displayName,
    type,
    namespace: await wantedNamespace(options, io),
    baseURL: options.baseUrl,
    models: options.models ?? [],
    passthrough: options.passthrough === true,
    makesSecret,
  });
  requireValid(objects);
  if (options.apply === true) await apply(objects, options, io);
  else await print(objects, options, io);
  return EXIT.ok;
}

/** Asks a person for the rest; without one everything must be there. */
async function whole(given: CreateOptions, io: CommandIO): Promise<CreateOptions> {
  if (given.secretFromFile !== undefined && given.secretFromEnv !== undefined) {
    throw new CommandError('--secret-from-file and --secret-from-env exclude each other');
  }
  const isNamed = given.arguments[0] !== undefined || given.name !== undefined;
  if (isNamed && given.type !== undefined) return given;
  if (process.stdin.isTTY && io.stderr.isTTY === true) return askedFor(given);
  throw isNamed ? missing('type', '--type') : missing('name', 'a display name, or --name');
}

function missing(what: string, flag: string): CommandError {
  return new CommandError(`the ${what} of the provider is missing, and there is nobody to ask`, undefined, {
    hint: `give ${flag}`,
  });
}

/** What the API server would say, in its words. */
function requireValid({ provider }: NewObjects): void {
  const { errors } = admitCustomResource(provider as unknown as JSONObject, LLM_PROVIDER_SCHEMA);
  if (errors.length === 0) return;
  throw new CommandError(`the provider would not be valid: ${errors.map(({ message }) => message).join('; ')}`);
}

async function print(
  { provider, secret, secretKey }: NewObjects,
  options: CreateOptions,
  io: CommandIO,
): Promise<void> {
  const { stringify } = await import('yaml');
  const variable = options.secretFromEnv ?? secretKey.replaceAll(/[^A-Za-z0-9_]/g, '_');
  const documents = [provider, ...(secret === undefined ? [] : [secret(`\${${variable}}`)])];
  io.stdout.write(documents.map((document) => stringify(document)).join('---\n'));
  if (secret !== undefined) {
    io.stderr.write(
      `The key is not in it: put it in the place of \${${variable}} (a standalone gateway takes it from its environment), or add --apply.\n`,
    );
  }
}

async function apply({ provider, secret }: NewObjects, options: CreateOptions, io: CommandIO): Promise<void> {
  const value = secret === undefined ? undefined : await keyOf(options, io);
  const providers = await ClusterProviders.open(options, io);
  await providers.create(provider, value === undefined ? undefined : secret?.(value.reveal()));
  const { name } = provider.metadata;
  io.stderr.write(
    `LLMProvider "${providers.namespace}/${name}" is created${secret === undefined ? '' : ', with its Secret'}.\n`,
  );
  io.stderr.write(`hint: tidegate provider test ${name} -n ${providers.namespace}\n`);
}

async function keyOf({ secretFromFile, secretFromEnv }: CreateOptions, { env }: CommandIO): Promise<Redacted> {
  const from = secretFromFile ?? `the variable ${secretFromEnv ?? ''}`;
  const text =
    secretFromFile === undefined
      ? (env[secretFromEnv ?? ''] ?? '')
      : await readFile(secretFromFile, 'utf8').catch((error: unknown) => {
          throw new CommandError(`cannot read the key: ${(error as Error).message}`);
        });
  // Files end with a line break that was not meant.
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new CommandError(`${from} holds no key`);
  return new Redacted(value);
}
