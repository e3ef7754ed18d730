/** What a model says in an answer: what the scenario gives it to say, or words of the upstream's own. */
import { generate } from './openai/text.ts';
import type { SaidBlock, Scenario } from './types.ts';

/** A part of an answer. `pieces` are what a stream brings of it, one event each; joined they are the whole. */
export type Block =
  | { readonly kind: 'Text' | 'Thinking'; readonly pieces: readonly string[] }
  | {
      readonly kind: 'Tool';
      readonly name: string;
      /** The arguments as JSON. */
      readonly pieces: readonly string[];
      /** The arguments themselves. */
      readonly input: object;
    };

/** Stands for the `\u` of an escape until {@link jsonText} has written the rest: of a private area, so no text has it. */
const ESCAPE = '\uf8ff';

/** The blocks of each choice, at least one choice. */
export function choicesOf(scenario: Scenario): readonly (readonly Block[])[] {
  const { says, escapes = false } = scenario;
  if (says === undefined || says.length === 0) {
    return [[{ kind: 'Text', pieces: generate(scenario.contentFrames ?? 4, scenario.bodyBytes) }]];
  }
  return says.map((blocks) => blocks.map((block) => written(block, escapes)));
}

/** The blocks of an API that gives one answer. */
export function blocksOf(scenario: Scenario): readonly Block[] {
  return choicesOf(scenario)[0] ?? [];
}

/** The text of all blocks that are text. */
export function textOf(blocks: readonly Block[]): string {
  return piecesOf(blocks).join('');
}

/** The pieces of all blocks that are text, for APIs whose answers have no other. */
export function piecesOf(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block) => (block.kind === 'Text' ? block.pieces : []));
}

/** What counts as tokens of the answer. */
export function countPieces(choices: readonly (readonly Block[])[]): number {
  return choices.flat().reduce((sum, { pieces }) => sum + pieces.length, 0);
}

/** Whether the model waits for what a tool says. */
export function callsTool(blocks: readonly Block[]): boolean {
  return blocks.some(({ kind }) => kind === 'Tool');
}

/** `JSON.stringify`, with the escapes that the scenario asked for. */
export function jsonText(value: object, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(ESCAPE, '\\u');
}

function written(block: SaidBlock, escapes: boolean): Block {
  const mark = escapes ? escaped : (text: string): string => text;
  if ('text' in block) return { kind: 'Text', pieces: block.text.map(mark) };
  if ('thinking' in block) return { kind: 'Thinking', pieces: block.thinking.map(mark) };
  const { toolArguments, name = 'get_weather' } = block;
  const input = JSON.parse(toolArguments.join(''), (_key, value: unknown) =>
    typeof value === 'string' ? mark(value) : value,
  ) as object;
  return { kind: 'Tool', name, pieces: toolArguments.map(mark), input };
}

/** Every UTF-16 code unit as `\u` and four digits. */
function escaped(text: string): string {
  return text
    .split('')
    .map((unit) => ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, '0'))
    .join('');
}
