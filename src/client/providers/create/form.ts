/** Asks a person for what the flags did not say. Never for a key: only where it is. */
import type { ProviderType } from '../../../api/generated/llmprovider.ts';
import { PROVIDER_TYPES } from '../../../api/provider-types.ts';
import { CommandError, EXIT } from '../../../command/io.ts';
import { resourceName } from './name.ts';
import type { CreateOptions } from './options.ts';

/** What was given, filled up. */
export async function askedFor(given: CreateOptions): Promise<CreateOptions> {
  const { isCancel, select, text } = await import('@clack/prompts');
  const output = process.stderr;
  const answered = <T>(answer: T | symbol): T => {
    if (isCancel(answer)) throw new CommandError('interrupted', EXIT.failure);
    return answer as T;
  };
  const line = async (
    message: string,
    options: { readonly placeholder?: string; readonly initialValue?: string; readonly optional?: true } = {},
  ): Promise<string> => {
    const { optional, ...others } = options;
    const validate = (value: string | undefined) =>
      optional === true || (value ?? '').trim() !== '' ? undefined : 'It must not be empty.';
    const said = answered<string | undefined>(await text({ message, output, validate, ...others }));
    return (said ?? '').trim();
  };

  const [first] = given.arguments;
  const displayName = first ?? (await line('What is it called?', { placeholder: 'OpenAI for research' }));
  const suggested = resourceName(displayName);
  const name =
    given.name ?? (await line('Name of the object', suggested === undefined ? {} : { initialValue: suggested }));
  const type =
    given.type ??
    answered<ProviderType>(
      await select<ProviderType>({
        message: 'Which API does it speak?',
        output,
        options: PROVIDER_TYPES.map((value) => ({ value, label: value })),
      }),
    );
  const filled: CreateOptions = { ...given, arguments: [displayName], name, type };
  if (type === 'Bedrock') {
    return { ...filled, region: given.region ?? (await line('AWS region', { placeholder: 'eu-central-1' })) };
  }
  const baseUrl =
    given.baseUrl ??
    (type === 'OpenAICompatible'
      ? await line('Base URL of its API', { placeholder: 'http://vllm:8000/v1' })
      : undefined);
  const knowsSecret =
    given.passthrough === true ||
    [given.secret, given.secretFromEnv, given.secretFromFile].some((each) => each !== undefined);
  const secret = knowsSecret
    ? given.secret
    : await line(
        type === 'OpenAICompatible'
          ? 'Name of the Secret with its key, if it wants one'
          : 'Name of the Secret with its key',
        type === 'OpenAICompatible' ? { optional: true } : { initialValue: name },
      );
  const models =
    given.models ??
    (await line('Models that may be used, with spaces between them (none: all)', { optional: true })).split(/[\s,]+/);
  return {
    ...filled,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(secret !== undefined && secret !== '' && { secret }),
    models: models.filter((model) => model !== ''),
  };
}
