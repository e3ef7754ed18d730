/** Events of Anthropic's Messages API, and those of its models on Bedrock. */
import { NO_WORDS } from '../../shapes/anthropic-names.ts';
import { type Dialect, type DialectEvent, type EventReading, NOTHING, Reading } from '../dialect.ts';
import type { Block, TextOrigin } from '../judge.ts';
import { indexOf, isObject, type JSONObject, member } from '../json-value.ts';
import { addStrings, ARGUMENTS, isText, SAID, SIGNED_THOUGHT, TOOL_INPUT, TOOL_OUTPUT } from './strings.ts';

/** Kinds of deltas: the member that is a text, and what that is. */
const DELTAS: ReadonlyMap<unknown, readonly [name: string, origin: TextOrigin]> = new Map([
  ['text_delta', ['text', SAID]],
  ['input_json_delta', ['partial_json', ARGUMENTS]],
  ['thinking_delta', ['thinking', SIGNED_THOUGHT]],
  ['compaction_delta', ['content', SAID]],
]);

/** Blocks by their type, but results of tools: what their texts are. */
const BLOCKS: ReadonlyMap<unknown, TextOrigin> = new Map([
  ['text', SAID],
  ['thinking', SIGNED_THOUGHT],
  ['redacted_thinking', SIGNED_THOUGHT],
  ['compaction', SAID],
  ['tool_use', TOOL_INPUT],
  ['server_tool_use', TOOL_INPUT],
  ['mcp_tool_use', TOOL_INPUT],
]);

/** Members with which a block of text begins, and which its deltas go on with. */
const GROWING: ReadonlyMap<unknown, string> = new Map([
  ['text', 'text'],
  ['thinking', 'thinking'],
]);

/** Events before which everything that was said has ended. */
const LAST: ReadonlySet<unknown> = new Set(['message_delta', 'message_stop', 'error']);

export class AnthropicDialect implements Dialect {
  readonly isNumbered = false;
  /** What goes on in each block: the delta's type and its member. */
  readonly #deltas = new Map<string, { index: number; type: unknown; name: string }>();
  #state: 'Unbegun' | 'Begun' | 'Told' | 'Ended' = 'Unbegun';
  /** The block that the client has seen begin and not end. */
  #open: { index: number; type: unknown; hasText: boolean } | undefined;
  #next = 0;
  #usage: JSONObject = { output_tokens: 0 };

  read(event: JSONObject): EventReading | undefined {
    const { type } = event;
    switch (type) {
      case 'content_block_start':
        return this.#start(event);
      case 'content_block_delta':
        return this.#delta(event);
      case 'content_block_stop':
        return {
          ...NOTHING,
          ends: [...this.#deltas].flatMap(([id, { index }]) => (index === indexOf(event) ? [id] : [])),
        };
      case 'message_start': {
        const reading = new Reading();
        const path = ['message', 'content'];
        addStrings(reading, member(event['message'], 'content'), path, SAID, NO_WORDS);
        return reading;
      }
      case 'ping':
        return NOTHING;
      default:
        return LAST.has(type) ? { ...NOTHING, ends: 'All' } : undefined;
    }
  }

  sent(event: JSONObject): void {
    const index = indexOf(event);
    switch (event['type']) {
      case 'message_start':
        this.#state = 'Begun';
        this.#usage = usageOf(member(event['message'], 'usage'));
        break;
      case 'content_block_start': {
        const block = event['content_block'];
        const type = member(block, 'type');
        this.#open = { index, type, hasText: isText(member(block, 'text')) };
        this.#next = index + 1;
        break;
      }
      case 'content_block_delta':
        if (this.#open !== undefined) this.#open.hasText ||= isText(member(event['delta'], 'text'));
        break;
      case 'content_block_stop':
        this.#open = undefined;
        this.#forget(index);
        break;
      case 'message_delta':
        this.#state = 'Told';
        break;
      case 'message_stop':
      case 'error':
        this.#state = 'Ended';
    }
  }

  rest({ id }: Block, text: string): DialectEvent {
    const { index = 0, type = 'text_delta', name = 'text' } = this.#deltas.get(id) ?? {};
    return named({ type: 'content_block_delta', index, delta: { type, [name]: text } });
  }

  blockedEnd(message: string): readonly DialectEvent[] {
    if (this.#state === 'Ended') return [];
    const events: DialectEvent[] = [];
    if (this.#state === 'Unbegun') events.push(named(START));
    if (this.#state !== 'Told') {
      events.push(...this.#lastBlock(message));
      const delta = { stop_reason: 'refusal', stop_sequence: null };
      events.push(named({ type: 'message_delta', delta, usage: this.#usage }));
    }
    events.push(named({ type: 'message_stop' }));
    return events;
  }

  /** Ends the open block, and says the message: in it if it is of text, else in one of its own. */
  #lastBlock(message: string): readonly DialectEvent[] {
    const open = this.#open;
    const isIn = open?.type === 'text';
    const events: DialectEvent[] = [];
    const stop = (index: number): DialectEvent => named({ type: 'content_block_stop', index });
    if (open !== undefined && !isIn) events.push(stop(open.index));
    if (message !== '') {
      const index = isIn ? open.index : this.#next;
      const content_block = { type: 'text', text: '' };
      if (!isIn) events.push(named({ type: 'content_block_start', index, content_block }));
      const text = isIn && open.hasText ? `\n\n${message}` : message;
      events.push(named({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } }));
      if (!isIn) events.push(stop(index));
    }
    if (isIn) events.push(stop(open.index));
    return events;
  }

  #start(event: JSONObject): EventReading | undefined {
    const block = event['content_block'];
    if (!isObject(block)) return undefined;
    const reading = new Reading();
    const { type } = block;
    const growing = GROWING.get(type);
    const origin = BLOCKS.get(type) ?? TOOL_OUTPUT;
    for (const [name, value] of Object.entries(block)) {
      const path = ['content_block', name];
      if (name === growing) {
        reading.piece(this.#block(event, name, `${name}_delta`, origin), path, value);
      } else if (!NO_WORDS.has(name)) {
        addStrings(reading, value, path, origin, NO_WORDS);
      }
    }
    return reading;
  }

  #delta(event: JSONObject): EventReading | undefined {
    const { delta } = event;
    const type = member(delta, 'type');
    const reading = new Reading();
    const known = DELTAS.get(type);
    if (known !== undefined) {
      const [name, origin] = known;
      reading.piece(this.#block(event, name, type, origin), ['delta', name], member(delta, name));
    } else if (type === 'citations_delta') {
      addStrings(reading, member(delta, 'citation'), ['delta', 'citation'], SAID, NO_WORDS);
    } else if (type !== 'signature_delta') {
      return undefined;
    }
    return reading;
  }

  #block(event: JSONObject, name: string, type: unknown, origin: TextOrigin): Block {
    const index = indexOf(event);
    const id = `${index}/${name}`;
    if (!this.#deltas.has(id)) this.#deltas.set(id, { index, type, name });
    return { id, ...origin };
  }

  #forget(index: number): void {
    for (const [id, delta] of this.#deltas) if (delta.index === index) this.#deltas.delete(id);
  }
}

const START: JSONObject = {
  type: 'message_start',
  message: {
    id: 'msg_tidegate',
    type: 'message',
    role: 'assistant',
    model: '',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 0 },
  },
};

const named = (value: JSONObject): DialectEvent => ({ name: String(value['type']), value });

/** What the stream's last event says of usage: of the members of the first those that it may have. */
function usageOf(usage: unknown): JSONObject {
  const names = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'];
  const known = names.filter((name) => typeof member(usage, name) === 'number');
  return { output_tokens: 0, ...Object.fromEntries(known.map((name) => [name, member(usage, name)])) };
}
