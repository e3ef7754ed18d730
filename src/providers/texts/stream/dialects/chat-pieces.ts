/** Where the texts of one chunk's choice are: a delta of chat completions, or the text of a completion. */
import { elements, indexOf, isObject, type JSONObject, member, type Path } from '../json-value.ts';
import type { TextKind } from '../judge.ts';

/** A text that grows within a choice. */
export interface ChoicePiece {
  /** Unique within the choice. */
  readonly name: string;
  /** Texts of one group grow side by side; when one of another group goes on, those before it have ended. */
  readonly group: string;
  readonly kind: TextKind;
  readonly isTool: boolean;
  /** Of a tool's call that begins. Not of one that goes on: some servers give each piece an id of its own. */
  readonly callID?: string | undefined;
  readonly path: Path;
  /** Empty: the group begins, without a text yet. */
  readonly text: string;
  /** The members of a choice with which the text goes on. */
  readonly choice: (text: string) => JSONObject;
}

/** Members of a delta that are text, with the group they are of. */
const TEXTS: readonly (readonly [name: string, group: string, kind: TextKind])[] = [
  ['content', 'content', 'Text'],
  ['refusal', 'refusal', 'Text'],
  ['reasoning_content', 'reasoning', 'Reasoning'],
  ['reasoning', 'reasoning', 'Reasoning'],
  // Other servers' names for it.
  ['reasoning_text', 'reasoning', 'Reasoning'],
  ['thinking', 'reasoning', 'Reasoning'],
];

/** Members of a delta that are read here, or are no words. */
export const KNOWN_DELTAS: ReadonlySet<string> = new Set([
  ...TEXTS.map(([name]) => name),
  'role',
  'reasoning_details',
  'audio',
  'function_call',
  'tool_calls',
  'thinking_blocks',
]);

/** LiteLLM's member for what only one provider has. */
export const PROVIDER_FIELDS = 'provider_specific_fields';

/** Members of {@link PROVIDER_FIELDS} that are read here. */
const THOUGHTS: readonly string[] = ['thinking_blocks', 'reasoning_content'];
export const KNOWN_PROVIDER_FIELDS: ReadonlySet<string> = new Set(THOUGHTS);

export function choicePieces(choice: JSONObject): readonly ChoicePiece[] {
  const pieces: ChoicePiece[] = [];
  const { delta } = choice;
  if (choice['text'] !== undefined) {
    text(pieces, choice['text'], ['text'], { name: 'text', group: 'content', kind: 'Text' }, (text) => ({ text }));
  }
  if (!isObject(delta)) {
    message(pieces, choice['message']);
    return pieces;
  }
  for (const [name, group, kind] of TEXTS) {
    // Nearly every chunk has one of them: nothing is made for the others.
    if (typeof delta[name] !== 'string') continue;
    text(pieces, delta[name], ['delta', name], { name, group, kind }, (value) => ({ delta: { [name]: value } }));
  }
  if (Array.isArray(delta['content'])) contentParts(pieces, delta);
  if (Array.isArray(delta['reasoning_details'])) reasoningDetails(pieces, delta);
  if (delta['thinking_blocks'] !== undefined || delta[PROVIDER_FIELDS] !== undefined) thinkingBlocks(pieces, delta);
  if (delta['audio'] !== undefined) audio(pieces, delta);
  if (delta['function_call'] !== undefined || delta['tool_calls'] !== undefined) tools(pieces, delta);
  return pieces;
}

type Naming = Pick<ChoicePiece, 'name' | 'group' | 'kind'>;

function text(pieces: ChoicePiece[], value: unknown, path: Path, naming: Naming, choice: ChoicePiece['choice']): void {
  if (typeof value !== 'string' || value === '') return;
  pieces.push({ ...naming, isTool: false, path, text: value, choice });
}

/** Mistral's chat on Bedrock: a message in each chunk that goes on where the one before ended. */
function message(pieces: ChoicePiece[], value: unknown): void {
  for (const [name, group, kind] of TEXTS) {
    const naming = { name: `message/${name}`, group, kind };
    text(pieces, member(value, name), ['message', name], naming, (said) => ({
      message: { role: 'assistant', [name]: said },
    }));
  }
  for (const [i, call] of elements(member(value, 'tool_calls')).entries()) {
    pieces.push({
      ...tool(`tool/${i}`, 'Arguments', member(member(call, 'function'), 'arguments')),
      path: ['message', 'tool_calls', i, 'function', 'arguments'],
      choice: (value) => ({ message: { role: 'assistant', tool_calls: [{ function: { arguments: value } }] } }),
    });
  }
}

function audio(pieces: ChoicePiece[], delta: JSONObject): void {
  const naming = { name: 'audio', group: 'content', kind: 'Text' } as const;
  text(pieces, member(delta['audio'], 'transcript'), ['delta', 'audio', 'transcript'], naming, (transcript) => ({
    delta: { audio: { transcript } },
  }));
}

/** Mistral's: `content` as a list of texts and thoughts. */
function contentParts(pieces: ChoicePiece[], delta: JSONObject): void {
  for (const [i, part] of elements(delta['content']).entries()) {
    const path = ['delta', 'content', i];
    const said = { name: 'parts', group: 'content', kind: 'Text' } as const;
    text(pieces, member(part, 'text'), [...path, 'text'], said, (value) => ({
      delta: { content: [{ type: 'text', text: value }] },
    }));
    const thought = { name: 'thinking', group: 'reasoning', kind: 'Reasoning' } as const;
    for (const [k, piece] of elements(member(part, 'thinking')).entries()) {
      text(pieces, member(piece, 'text'), [...path, 'thinking', k, 'text'], thought, (value) => ({
        delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text: value }] }] },
      }));
    }
  }
}

/** OpenRouter's: what `reasoning` says once more, in parts. */
function reasoningDetails(pieces: ChoicePiece[], delta: JSONObject): void {
  for (const [i, detail] of elements(delta['reasoning_details']).entries()) {
    const index = indexOf(detail);
    for (const name of ['text', 'summary']) {
      const naming = { name: `details/${index}/${name}`, group: 'reasoning', kind: 'Reasoning' } as const;
      text(pieces, member(detail, name), ['delta', 'reasoning_details', i, name], naming, (value) => ({
        delta: { reasoning_details: [{ type: `reasoning.${name}`, [name]: value, index }] },
      }));
    }
  }
}

/** LiteLLM's: what a model thinks, as Anthropic has it; often twice. */
function thinkingBlocks(pieces: ChoicePiece[], delta: JSONObject): void {
  for (const holder of [undefined, PROVIDER_FIELDS]) {
    const fields = holder === undefined ? delta : delta[holder];
    const base = holder === undefined ? ['delta'] : ['delta', holder];
    const held = (value: JSONObject): JSONObject => ({ delta: holder === undefined ? value : { [holder]: value } });
    for (const [i, block] of elements(member(fields, 'thinking_blocks')).entries()) {
      const naming = { name: `${holder ?? ''}/blocks/${i}`, group: 'reasoning', kind: 'Reasoning' } as const;
      text(pieces, member(block, 'thinking'), [...base, 'thinking_blocks', i, 'thinking'], naming, (thinking) =>
        held({ thinking_blocks: [{ type: 'thinking', thinking }] }),
      );
    }
    if (holder === undefined) continue;
    const naming = { name: `${holder}/reasoning`, group: 'reasoning', kind: 'Reasoning' } as const;
    text(pieces, member(fields, 'reasoning_content'), [...base, 'reasoning_content'], naming, (reasoning_content) =>
      held({ reasoning_content }),
    );
  }
}

function tools(pieces: ChoicePiece[], delta: JSONObject): void {
  const old = delta['function_call'];
  if (isObject(old)) {
    pieces.push({
      ...tool('function', 'Arguments', old['arguments']),
      path: ['delta', 'function_call', 'arguments'],
      choice: (value) => ({ delta: { function_call: { arguments: value } } }),
    });
  }
  for (const [i, call] of elements(delta['tool_calls']).entries()) {
    const index = isObject(call) && typeof call['index'] === 'number' ? call['index'] : i;
    const custom = member(call, 'custom');
    const isCustom = isObject(custom);
    const [holder, name] = isCustom ? ['custom', 'input'] : ['function', 'arguments'];
    pieces.push({
      ...tool(`tool/${index}`, isCustom ? 'Text' : 'Arguments', member(member(call, holder), name)),
      callID: callID(call, holder),
      path: ['delta', 'tool_calls', i, holder, name],
      choice: (value) => ({ delta: { tool_calls: [{ index, [holder]: { [name]: value } }] } }),
    });
  }
}

function callID(call: unknown, holder: string): string | undefined {
  const id = member(call, 'id');
  const name = member(member(call, holder), 'name');
  return typeof id === 'string' && typeof name === 'string' && name !== '' ? id : undefined;
}

function tool(name: string, kind: TextKind, value: unknown): Omit<ChoicePiece, 'path' | 'choice'> {
  return { name, group: name, kind, isTool: true, text: typeof value === 'string' ? value : '' };
}
