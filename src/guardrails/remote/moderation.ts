/**
 * OpenAI's moderation, asked through a provider. It knows categories and how sure it is of each; a filter's strength says
 * how sure it has to be.
 *
 * https://platform.openai.com/docs/api-reference/moderations
 */
import type { Direction } from '../types.ts';
import { items, object, parsed, type Answer } from './answer.ts';
import { requestsOf, type Piece } from './pieces.ts';
import { strengthOf, type ContentFilter, type FilterCategory, type FilterStrength } from './policies.ts';
import { UnreadableAnswer, type Ask, type Reading, type RemoteFinding, type RemoteText } from './types.ts';

/** Long texts are judged less well, OpenAI says: pieces of 2,000 characters. */
const LIMITS = { length: 2_000, overlap: 200, requestLength: 64_000, requestPieces: 32 };

/** The categories of OpenAI's that are a filter's. It has none for attacks on prompts. */
const CATEGORIES: Readonly<Record<Exclude<FilterCategory, 'PromptAttack'>, readonly string[]>> = {
  Hate: ['hate', 'hate/threatening'],
  Insults: ['harassment', 'harassment/threatening'],
  Sexual: ['sexual', 'sexual/minors'],
  Violence: ['violence', 'violence/graphic'],
  Misconduct: ['illicit', 'illicit/violent', 'self-harm', 'self-harm/instructions', 'self-harm/intent'],
};

/** Models before `omni-moderation` do not know these, and say null. */
const YOUNGER: ReadonlySet<string> = new Set(['illicit', 'illicit/violent']);

/**
 * The least score, from 0 to 1, that blocks. What OpenAI itself flags blocks with `Medium` and `High`, too: its own
 * thresholds differ by category and move with its models.
 */
const LEAST_SCORES: Readonly<Record<Exclude<FilterStrength, 'None'>, number>> = { Low: 0.8, Medium: 0.5, High: 0.2 };

interface Looked {
  readonly rule: string;
  readonly categories: readonly string[];
  readonly least: number;
  readonly isFlagEnough: boolean;
}

/** What to ask the moderation endpoint about these texts; nothing when no filter looks in this direction. */
export function moderationAsks(
  model: string,
  filters: readonly ContentFilter[],
  texts: readonly RemoteText[],
  direction: Direction,
): readonly Ask[] {
  const looked = filters.flatMap((filter) => lookedFor(filter, direction));
  if (looked.length === 0) return [];
  return requestsOf(texts, LIMITS).map((pieces) => ({
    body: () => JSON.stringify({ model, input: pieces.map(({ value }) => value) }),
    read: (answer) => read(parsed(answer), pieces, looked),
  }));
}

function lookedFor(filter: ContentFilter, direction: Direction): readonly Looked[] {
  const strength = strengthOf(filter, direction);
  const { category } = filter;
  if (strength === 'None' || category === 'PromptAttack') return [];
  return [
    {
      rule: `content/${category}`,
      categories: CATEGORIES[category],
      least: LEAST_SCORES[strength],
      isFlagEnough: strength !== 'Low',
    },
  ];
}

function read(answer: Answer, pieces: readonly Piece[], looked: readonly Looked[]): Reading {
  const results = items(answer['results'], '`results`');
  if (results.length !== pieces.length) throw new UnreadableAnswer('the answer has another number of results');
  const findings: RemoteFinding[] = [];
  for (const result of results) {
    const flags = object(result['categories'], '`categories`');
    const scores = object(result['category_scores'], '`category_scores`');
    for (const { rule, categories, least, isFlagEnough } of looked) {
      // All are read, also when the first is enough: one that is missing makes the answer unreadable.
      const hits = categories.map((name) => score(scores, name) >= least || (flag(flags, name) && isFlagEnough));
      if (hits.includes(true)) findings.push({ rule, action: 'Block', count: 1 });
    }
  }
  return { kind: 'Read', findings, edits: [] };
}

function score(scores: Answer, category: string): number {
  const value = scores[category];
  if ((value === null || value === undefined) && YOUNGER.has(category)) return 0;
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    throw new UnreadableAnswer('a score of the answer is none');
  }
  return value;
}

function flag(flags: Answer, category: string): boolean {
  const value = flags[category];
  if ((value === null || value === undefined) && YOUNGER.has(category)) return false;
  if (typeof value !== 'boolean') throw new UnreadableAnswer('a category of the answer is neither true nor false');
  return value;
}
