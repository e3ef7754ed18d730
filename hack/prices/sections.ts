/** Which part of LiteLLM's list becomes which section of ours, and by what name a provider's clients call the model. */

/** One section per price list of a seller of tokens; src/prices/section.ts says which providers buy there. */
interface Section {
  readonly name: string;
  /** `litellm_provider` of the entries. */
  readonly providers: readonly string[];
  /** Prefixes of keys that are not part of the model's name, the one that wins first. */
  readonly prefixes: readonly string[];
  /** Names, without their prefix, that stand for something else than one model. */
  readonly except?: RegExp;
}

const SECTIONS: readonly Section[] = [
  { name: 'anthropic', providers: ['anthropic'], prefixes: ['anthropic/'] },
  // With a slash: deployments in one data zone, which a request does not show.
  { name: 'azure', providers: ['azure', 'azure_ai', 'azure_text'], prefixes: ['azure/', 'azure_ai/'], except: /\// },
  {
    name: 'bedrock',
    providers: ['bedrock', 'bedrock_converse'],
    prefixes: ['bedrock/'],
    except: /commitment|-steps\/|^\*|^invoke\/|^guardrails$/,
  },
  { name: 'bedrock-mantle', providers: ['bedrock_mantle'], prefixes: ['bedrock_mantle/'] },
  { name: 'cerebras', providers: ['cerebras'], prefixes: ['cerebras/'] },
  { name: 'deepinfra', providers: ['deepinfra'], prefixes: ['deepinfra/'] },
  { name: 'deepseek', providers: ['deepseek'], prefixes: ['deepseek/'] },
  {
    name: 'fireworks',
    providers: ['fireworks_ai', 'fireworks_ai-embedding-models'],
    prefixes: ['fireworks_ai/'],
    except: /^fireworks-ai-/,
  },
  { name: 'gemini', providers: ['gemini'], prefixes: ['gemini/'] },
  { name: 'groq', providers: ['groq'], prefixes: ['groq/'] },
  {
    name: 'mistral',
    providers: ['mistral', 'codestral', 'text-completion-codestral'],
    prefixes: ['mistral/', 'codestral/', 'text-completion-codestral/'],
  },
  { name: 'moonshot', providers: ['moonshot'], prefixes: ['moonshot/'] },
  { name: 'openai', providers: ['openai', 'text-completion-openai'], prefixes: ['openai/'], except: /\// },
  { name: 'perplexity', providers: ['perplexity'], prefixes: ['perplexity/'] },
  { name: 'together', providers: ['together_ai'], prefixes: ['together_ai/'], except: /^together-ai-/ },
  { name: 'xai', providers: ['xai'], prefixes: ['xai/'] },
];

const byProvider = new Map(SECTIONS.flatMap((section) => section.providers.map((provider) => [provider, section])));

export interface Place {
  readonly section: string;
  readonly model: string;
  /** Of two keys for one model the one with the lower rank wins. */
  readonly rank: number;
}

/** Where an entry goes; undefined: it is of no use to us. */
export function placeOf(key: string, litellmProvider: unknown): Place | undefined {
  const section = typeof litellmProvider === 'string' ? byProvider.get(litellmProvider) : undefined;
  if (section === undefined) return undefined;
  const found = section.prefixes.findIndex((prefix) => key.startsWith(prefix));
  const model = found === -1 ? key : key.slice(section.prefixes[found]?.length);
  // Names travel as words of a line.
  if (model === '' || /\s/.test(model) || section.except?.test(model) === true) return undefined;
  return { section: section.name, model, rank: found === -1 ? section.prefixes.length : found };
}
