/** The names by which a catalog may know a model, the likeliest first. */
import type { Section } from './section.ts';

/** Agent CLIs mark a long context window by this suffix, which no price list knows. */
const CONTEXT_SUFFIX = '[1m]';

/** What a model is called without marks that are the client's or the API's own. */
export function plainName(name: string): string {
  const end = name.endsWith(CONTEXT_SUFFIX) ? name.length - CONTEXT_SUFFIX.length : name.length;
  return name.slice(name.startsWith('models/') ? 'models/'.length : 0, end);
}

const DATED = /-(\d{4}-\d{2}-\d{2}|\d{8})$/;
/** `ft:base:organisation::id`: a fine-tuned model costs what its base costs fine-tuned. */
const FINE_TUNED = /^(ft:[^:]+):/;
const BEDROCK_ARN = /^arn:aws[a-z-]*:bedrock:([a-z0-9-]*):\d*:(inference-profile|foundation-model)\/(.+)$/;

/**
 * @param model as requested or as an answer names it
 * @returns names to look up in turn; none for what a catalog cannot know
 */
export function catalogNames(section: Section, model: string): readonly string[] {
  const name = plainName(model);
  return section.name === 'bedrock' || section.name === 'bedrock-mantle'
    ? bedrockNames(section, name)
    : otherNames(name);
}

/**
 * The geography prefix of an inference profile (`us.`, `eu.`, `global.`) is part of its name: it costs what its own line
 * says. Application inference profiles, provisioned and imported models name no model at all.
 */
function bedrockNames({ region }: Section, name: string): readonly string[] {
  const [, arnRegion = '', , id] = BEDROCK_ARN.exec(name) ?? [];
  if (id === undefined && name.startsWith('arn:')) return [];
  const place = arnRegion === '' ? region : arnRegion;
  const own = id ?? name;
  return place === undefined ? [own] : [`${place}/${own}`, own];
}

/** A dated name that the catalog does not have yet is the model that it is a version of. */
function otherNames(name: string): readonly string[] {
  const base = FINE_TUNED.exec(name)?.[1] ?? name;
  return DATED.test(base) ? [base, base.replace(DATED, '')] : [base];
}
