import type { ProviderEntry, ProviderType } from '../table/types.ts';

/** Whose price list holds, by the host that is called: a model costs elsewhere what it costs there. */
const HOSTS: readonly (readonly [host: RegExp, section: string])[] = [
  [/^([a-z]+\.)?api\.openai\.com$/, 'openai'],
  [/^api\.anthropic\.com$/, 'anthropic'],
  [/^generativelanguage\.googleapis\.com$/, 'gemini'],
  [/\.(openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/, 'azure'],
  [/^bedrock-runtime(-fips)?\.[a-z0-9-]+\.amazonaws\.com$/, 'bedrock'],
  [/^bedrock-mantle\.[a-z0-9-]+\.api\.aws$/, 'bedrock-mantle'],
  [/^api\.cerebras\.ai$/, 'cerebras'],
  [/^api\.deepinfra\.com$/, 'deepinfra'],
  [/^api\.deepseek\.com$/, 'deepseek'],
  [/^api\.fireworks\.ai$/, 'fireworks'],
  [/^api\.groq\.com$/, 'groq'],
  [/^(api|codestral)\.mistral\.ai$/, 'mistral'],
  [/^api\.moonshot\.(ai|cn)$/, 'moonshot'],
  [/^api\.perplexity\.ai$/, 'perplexity'],
  [/^api\.together\.(xyz|ai)$/, 'together'],
  [/^([a-z0-9-]+\.)?api\.x\.ai$/, 'xai'],
];

/** Behind a host that is on no list (a private endpoint, a proxy) is whose API it is; that of a compatible one is unknown. */
const TYPES: Readonly<Record<ProviderType, string | undefined>> = {
  OpenAI: 'openai',
  Anthropic: 'anthropic',
  GoogleAI: 'gemini',
  Bedrock: 'bedrock',
  OpenAICompatible: undefined,
};

/** Where in the catalog the models of a provider are. */
export interface Section {
  /** Undefined: nobody knows who sells here. */
  readonly name: string | undefined;
  /** Whether calls go to a host that keeps data in one region, which OpenAI charges more for. */
  readonly regional: boolean;
  /** The region that is called, where prices differ by it. */
  readonly region: string | undefined;
}

export function sectionOf({ type, baseURL, region }: ProviderEntry): Section {
  const host = URL.canParse(baseURL) ? new URL(baseURL).hostname : '';
  const name = HOSTS.find(([pattern]) => pattern.test(host))?.[1] ?? TYPES[type];
  return { name, regional: /^[a-z]+\.api\.openai\.com$/.test(host), region };
}
