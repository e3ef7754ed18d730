/** What a client has seen of a response (OpenAI's Responses API): what is needed to end it as the API would. */
import { indexOf, isObject, type JSONObject, member } from '../json-value.ts';

/** A part of a message that has begun and not ended. */
interface OpenPart {
  readonly part: JSONObject;
  /** The member that grows. */
  readonly name: string;
  readonly contentIndex: number;
  text: string;
}

interface OpenItem {
  readonly item: JSONObject;
  readonly outputIndex: number;
  /** Parts of a message that have ended. */
  readonly parts: JSONObject[];
  open: OpenPart | undefined;
}

/** A response of which nothing is known. */
export const RESPONSE_START: JSONObject = {
  id: 'resp_tidegate',
  object: 'response',
  created_at: 0,
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: '',
  output: [],
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
};

const FINAL: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

export class ResponseState {
  #response: JSONObject | undefined;
  readonly #done: JSONObject[] = [];
  readonly #open = new Map<number, OpenItem>();
  #next = 0;
  #isEnded = false;

  sent(event: JSONObject): void {
    const { type } = event;
    const outputIndex = indexOf(event, 'output_index');
    const item = this.#open.get(outputIndex);
    if (type === 'response.output_item.added') {
      const added = event['item'];
      if (isObject(added)) this.#open.set(outputIndex, { item: added, outputIndex, parts: [], open: undefined });
      this.#next = Math.max(this.#next, outputIndex + 1);
    } else if (type === 'response.output_item.done') {
      this.#open.delete(outputIndex);
      if (isObject(event['item'])) this.#done.push(event['item']);
    } else if (type === 'response.content_part.added') {
      const { part } = event;
      const name = member(part, 'type') === 'refusal' ? 'refusal' : 'text';
      const text = member(part, name);
      if (item === undefined || !isObject(part)) return;
      item.open = {
        part,
        name,
        contentIndex: indexOf(event, 'content_index'),
        text: typeof text === 'string' ? text : '',
      };
    } else if (type === 'response.content_part.done') {
      if (item !== undefined) item.open = undefined;
      if (isObject(event['part'])) item?.parts.push(event['part']);
    } else if (type === 'response.output_text.delta' || type === 'response.refusal.delta') {
      if (item?.open !== undefined && typeof event['delta'] === 'string') item.open.text += event['delta'];
    } else {
      if (isObject(event['response'])) this.#response = event['response'];
      this.#isEnded ||= FINAL.has(type);
    }
  }

  /** The events that end the response; messages that are open end, what else is open is left as it is. */
  *blockedEnd(message: string): Iterable<JSONObject> {
    if (this.#isEnded) return;
    if (this.#response === undefined) yield { type: 'response.created', response: RESPONSE_START };
    const response = this.#response ?? RESPONSE_START;
    const output = [...this.#done];
    let isTold = message === '';
    for (const item of this.#open.values()) {
      if (item.item['type'] !== 'message') continue;
      if (!isTold && item.open?.name === 'text') {
        isTold = true;
        yield delta(item, item.open, item.open.text === '' ? message : `\n\n${message}`);
      }
      output.push(yield* endItem(item));
    }
    if (!isTold) output.push(yield* this.#ownItem(message));
    const incomplete_details = { reason: 'content_filter' };
    yield { type: 'response.incomplete', response: { ...response, status: 'incomplete', incomplete_details, output } };
  }

  *#ownItem(message: string): Generator<JSONObject, JSONObject> {
    const outputIndex = this.#next;
    const item = { id: 'msg_tidegate', type: 'message', status: 'in_progress', role: 'assistant', content: [] };
    const part = { type: 'output_text', annotations: [], logprobs: [], text: '' };
    const open = { part, name: 'text', contentIndex: 0, text: '' };
    const own: OpenItem = { item, outputIndex, parts: [], open };
    yield { type: 'response.output_item.added', output_index: outputIndex, item };
    yield { type: 'response.content_part.added', ...placeOf(own, open), part };
    yield delta(own, open, message);
    return yield* endItem(own);
  }
}

function placeOf({ item, outputIndex }: OpenItem, { contentIndex }: OpenPart): JSONObject {
  return { item_id: item['id'], output_index: outputIndex, content_index: contentIndex };
}

function delta(item: OpenItem, part: OpenPart, text: string): JSONObject {
  part.text += text;
  return { type: 'response.output_text.delta', ...placeOf(item, part), delta: text, logprobs: [] };
}

/** Returns the item as it has ended. */
function* endItem(item: OpenItem): Generator<JSONObject, JSONObject> {
  const content = [...item.parts];
  const { open } = item;
  if (open !== undefined) {
    const { name, text } = open;
    const done = { ...placeOf(item, open), [name]: text };
    const part = { ...open.part, [name]: text };
    if (name === 'refusal') yield { type: 'response.refusal.done', ...done };
    else yield { type: 'response.output_text.done', ...done, logprobs: [] };
    yield { type: 'response.content_part.done', ...placeOf(item, open), part };
    content.push(part);
  }
  const ended = { ...item.item, status: 'incomplete', content };
  yield { type: 'response.output_item.done', output_index: item.outputIndex, item: ended };
  return ended;
}
