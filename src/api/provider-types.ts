/** The values of `spec.type`. `crd.test.ts` compares them with the schema. */
import type { ProviderType } from './generated/llmprovider.ts';

export const PROVIDER_TYPES: readonly ProviderType[] = [
  'OpenAI',
  'Anthropic',
  'GoogleAI',
  'Bedrock',
  'OpenAICompatible',
];
