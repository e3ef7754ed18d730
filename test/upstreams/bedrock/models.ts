/** What this upstream can run, and under which ids. */

export type Family = 'Claude' | 'Nova' | 'Llama' | 'Titan' | 'TitanEmbeddings' | 'Mistral' | 'Cohere' | 'GPTOSS';

/** A model or an inference profile. */
export interface Model {
  readonly id: string;
  readonly family: Family;
  /** On demand: by its own id. Otherwise only through a profile. */
  readonly onDemand: boolean;
}

const model = (id: string, family: Family, onDemand = true): Model => ({ id, family, onDemand });

export const applicationProfile = 'arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/q8w2e4r6t8y0';

const REGIONAL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

export const foundationModels: readonly Model[] = [
  model('anthropic.claude-sonnet-4-5-20250929-v1:0', 'Claude', false),
  model('anthropic.claude-3-haiku-20240307-v1:0', 'Claude'),
  model('amazon.nova-lite-v1:0', 'Nova'),
  model('meta.llama3-1-8b-instruct-v1:0', 'Llama'),
  model('amazon.titan-text-express-v1', 'Titan'),
  model('amazon.titan-embed-text-v2:0', 'TitanEmbeddings'),
  model('mistral.mistral-7b-instruct-v0:2', 'Mistral'),
  model('cohere.command-r-v1:0', 'Cohere'),
  model('openai.gpt-oss-20b-1:0', 'GPTOSS'),
];

export const inferenceProfiles: readonly Model[] = [
  model(REGIONAL, 'Claude'),
  model('global.anthropic.claude-haiku-4-5-20251001-v1:0', 'Claude'),
  model('us.amazon.nova-pro-v1:0', 'Nova'),
];

const invocable = new Map<string, Model>([
  ...[...foundationModels, ...inferenceProfiles].map((one) => [one.id, one] as const),
  ...inferenceProfiles.map((profile) => [profileARN(profile.id), profile] as const),
  [applicationProfile, model(applicationProfile, 'Claude')],
]);

/** The model of a decoded `modelId`: an id, or an ARN. */
export function findModel(id: string): Model | undefined {
  return invocable.get(id);
}

export function profileARN(id: string): string {
  return `arn:aws:bedrock:us-east-1:111122223333:inference-profile/${id}`;
}

export function modelARN(id: string): string {
  return `arn:aws:bedrock:us-east-1::foundation-model/${id}`;
}
