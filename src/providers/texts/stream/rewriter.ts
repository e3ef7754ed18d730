/** Rewrites a streamed answer as a judge of its texts will have it. What the judge does not change leaves byte for byte as it came. */
import type { Dialect, DialectEvent, EventReading, Piece } from './dialect.ts';
import { EditedJSON } from './edited-json.ts';
import { EventShape } from './event-shape.ts';
import type { EventFrame, Frame, Framing } from './framing/frame.ts';
import type { TextJudge } from './judge.ts';
import { isObject, type JSONObject, parseJSON } from './json-value.ts';
import { OpenBlocks } from './open-blocks.ts';
import { Output } from './output.ts';
import { judgeWhole } from './whole-text.ts';

const DONE = Buffer.from('[DONE]');
const EMPTY = Buffer.alloc(0);
const NONE: ReadonlyMap<string, Piece> = new Map();
const SEQUENCE = 'sequence_number';
/** After so many shapes in a row that no other event had, one is looked for in as many events only. */
const MAX_VAIN_SHAPES = 8;
const NO_JSON = 'an event of the stream is no JSON object';
const UNKNOWN = 'an event of the stream is of no known shape';

/** See the head of this file. Push-style; what is held is one event and what the judge holds. */
export class StreamRewriter {
  readonly #framing: Framing;
  readonly #dialect: Dialect;
  readonly #judge: TextJudge;
  readonly #blocks: OpenBlocks;
  readonly #output = new Output();
  /** Of the last event, if it said one text and nothing else. */
  #shape: EventShape | undefined;
  #vainShapes = 0;
  #parsed = 0;
  /** Number of the event that was sent last. */
  #sequence = -1;
  /** By how much the numbers of events that came have to be raised. */
  #shift = 0;
  #isBlocked = false;
  /** No event has been sent. */
  #isEmpty = true;

  constructor(framing: Framing, dialect: Dialect, judge: TextJudge) {
    this.#framing = framing;
    this.#dialect = dialect;
    this.#judge = judge;
    this.#blocks = new OpenBlocks(judge);
  }

  /** The stream has ended because something was blocked: nothing more will go out, and no more need come. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Bytes to send on now. They may belong to `chunk`. */
  push(chunk: Buffer): readonly Buffer[] {
    if (!this.#isBlocked && !this.#isOneMore(chunk)) this.#frames(this.#framing.push(chunk));
    return this.#output.take();
  }

  /** The upstream ended, or failed. */
  end(): readonly Buffer[] {
    if (this.#isBlocked) return [];
    this.#frames(this.#framing.end());
    if (!this.#isBlocked) this.#last(EMPTY);
    return this.#output.take();
  }

  /**
   * The upstream failed: what was held goes out, and nothing of an event that had begun. How the failure is told is the
   * caller's to say, unless the stream is blocked by then.
   */
  fail(): readonly Buffer[] {
    if (!this.#isBlocked) this.#last(EMPTY);
    return this.#output.take();
  }

  #frames(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (this.#isBlocked) return;
      this.#frame(frame);
    }
  }

  #frame(frame: Frame): void {
    switch (frame.kind) {
      case 'Event':
        this.#event(frame);
        break;
      case 'Unreadable':
        this.#unreadable(frame.raw, frame.reason, frame.name);
        break;
      case 'End':
        this.#last(frame.raw);
        break;
      case 'Other':
        this.#output.add(frame.raw);
    }
  }

  #unreadable(raw: Buffer, reason: string, name: string | undefined): void {
    if (this.#judge.unreadable(reason) !== 'Pass') {
      this.#block(name);
      return;
    }
    this.#output.add(raw);
    this.#isEmpty = false;
  }

  #event(frame: EventFrame): void {
    const { data, name, raw } = frame;
    if (data.length === 0) {
      this.#output.add(raw);
      return;
    }
    if (data.length === DONE.length && data.equals(DONE)) {
      this.#last(raw);
      return;
    }
    if (this.#isLikeLast(frame)) return;
    const event = parseJSON(data);
    const reading = isObject(event) ? this.#dialect.read(event, name) : undefined;
    if (reading === undefined || reading.isTooMuch === true || !isObject(event)) {
      this.#unreadable(raw, isObject(event) ? UNKNOWN : NO_JSON, name);
      return;
    }
    const edited = new EditedJSON(data);
    const judged = this.#judged(reading, edited);
    if (judged !== 'Blocked') this.#sendOn(frame, event, edited);
    if (judged !== 'Passed') this.#block(name);
    else if (this.#seeksShape()) this.#shape = EventShape.of(frame, event, reading);
  }

  #seeksShape(): boolean {
    this.#parsed++;
    return this.#vainShapes < MAX_VAIN_SHAPES || this.#parsed % MAX_VAIN_SHAPES === 0;
  }

  /** Deals with a chunk that is one event, which differs from the last one in its text alone. False: it is something else. */
  #isOneMore(chunk: Buffer): boolean {
    const shape = this.#shape;
    if (shape?.isWhole !== true || this.#shift !== 0 || !this.#framing.isBetweenEvents) return false;
    const text = shape.read(chunk);
    if (text === undefined) return false;
    this.#say(shape, text, chunk, undefined);
    return true;
  }

  /** Deals with an event that differs from the last one in its text alone. False: it is another. */
  #isLikeLast(frame: EventFrame): boolean {
    const shape = this.#shape;
    if (shape === undefined) return false;
    const isNamed = shape.isWhole || shape.name === frame.name;
    const text = isNamed && this.#shift === 0 ? shape.read(shape.isWhole ? frame.raw : frame.data) : undefined;
    if (text === undefined) {
      this.#vainShapes = shape.hasMatched ? 0 : this.#vainShapes + 1;
      this.#shape = undefined;
      return false;
    }
    this.#say(shape, text, frame.raw, shape.isWhole ? undefined : frame);
    return true;
  }

  /** `text` is what `shape` has read. `frame`: of the event, unless it was told by all its bytes. */
  #say(shape: EventShape, text: string, raw: Buffer, frame: EventFrame | undefined): void {
    const { event, name } = shape;
    const released = this.#blocks.push(shape.piece.block, text);
    const isBlocked = this.#judge.blocked !== undefined;
    if (!isBlocked || released !== '') {
      this.#isEmpty = false;
      shape.say(released);
      this.#number(event, undefined);
      if (released === text) this.#output.add(raw);
      else
        this.#output.add(
          frame === undefined ? shape.with(raw, released) : frame.with(shape.with(frame.data, released)),
        );
      this.#dialect.sent(event, name);
    }
    if (isBlocked) this.#block(name);
  }

  #sendOn(frame: EventFrame, event: JSONObject, edited: EditedJSON): void {
    const { name, raw } = frame;
    this.#isEmpty = false;
    this.#number(event, edited);
    if (!edited.isChanged) {
      this.#output.add(raw);
      this.#dialect.sent(event, name);
      return;
    }
    this.#output.add(frame.with(edited.bytes()));
    edited.apply(event);
    this.#dialect.sent(event, name);
  }

  /** Notes in `edited` what has to change. `Cut`: the event may go out like this, and nothing after it. */
  #judged({ pieces, wholes, echoes, ends }: EventReading, edited: EditedJSON): 'Passed' | 'Cut' | 'Blocked' {
    const lastOf = ends.length === 0 ? NONE : new Map(pieces.map((piece) => [piece.block.id, piece]));
    const ended = ends === 'All' ? [...new Set([...this.#blocks.ids, ...lastOf.keys()])] : ends;
    if (ended.length > 0 && !this.#flush(ended.filter((id) => !lastOf.has(id)))) return 'Blocked';
    let isEven = true;
    for (const piece of pieces) {
      const { block, path, text } = piece;
      if (this.#judge.blocked !== undefined) {
        edited.set(path, '');
        continue;
      }
      let released = this.#blocks.push(block, text);
      if (ended.includes(block.id) && lastOf.get(block.id) === piece)
        released += this.#blocks.end(block.id)?.rest ?? '';
      // What ends a text or repeats it cannot go out without it.
      const canCut = released !== '' && ended.length === 0 && wholes.length === 0;
      if (this.#judge.blocked !== undefined && !canCut) return 'Blocked';
      if (released !== text) edited.set(path, released);
      isEven &&= released === text && this.#blocks.isEven(block.id);
    }
    for (const { path, text, ...origin } of wholes) {
      const judged = judgeWhole(this.#judge, text, origin);
      if (this.#judge.blocked !== undefined) return 'Blocked';
      if (judged === text) continue;
      edited.set(path, judged);
      isEven = false;
    }
    const isCut = this.#judge.blocked !== undefined;
    for (const { path, json, isOfAll } of echoes) {
      // One that comes without a text is of what came before.
      const isOfMore = isOfAll === true || pieces.length === 0;
      if (!isEven || isCut || (isOfMore && !this.#blocks.areEven)) edited.replace(path, json);
    }
    return isCut ? 'Cut' : 'Passed';
  }

  /** `edited`: undefined where no number has to be raised. */
  #number(event: JSONObject, edited: EditedJSON | undefined): void {
    const sequence = this.#dialect.isNumbered ? event[SEQUENCE] : undefined;
    if (typeof sequence !== 'number') return;
    this.#sequence = sequence + this.#shift;
    if (this.#shift !== 0) edited?.replace([SEQUENCE], String(this.#sequence));
  }

  /** Ends blocks, and sends what was held of them. False: something is blocked. */
  #flush(ids: readonly string[]): boolean {
    for (const id of ids) {
      const ended = this.#blocks.end(id);
      if (ended !== undefined && ended.rest !== '') {
        this.#send(this.#dialect.rest(ended.block, ended.rest));
        this.#shift++;
      }
      if (this.#judge.blocked !== undefined) return false;
    }
    return true;
  }

  /** Everything that was said ends; then come these bytes. */
  #last(raw: Buffer): void {
    if (this.#flush(this.#blocks.ids)) this.#output.add(raw);
    else this.#block(undefined);
  }

  #block(name: string | undefined): void {
    this.#isBlocked = true;
    for (const event of this.#dialect.blockedEnd(this.#judge.blocked ?? '', name)) this.#send(event);
    this.#output.add(this.#framing.close(this.#isEmpty));
  }

  #send({ name, value }: DialectEvent): void {
    const numbered =
      this.#dialect.isNumbered && isObject(value) ? { ...value, [SEQUENCE]: (this.#sequence += 1) } : value;
    const data = typeof numbered === 'string' ? numbered : JSON.stringify(numbered);
    this.#output.add(this.#framing.write({ name, data }, this.#isEmpty));
    this.#isEmpty = false;
    if (typeof numbered !== 'string') this.#dialect.sent(numbered, name);
  }
}
