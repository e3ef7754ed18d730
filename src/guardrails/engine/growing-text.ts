import { Folding } from '../fold/folding.ts';
import type { Match, Notes } from '../types.ts';
import { blockedBy, type Blocked, type Edit } from './judge.ts';
import { firstBlock, maskSpans, spanAround, type MaskSpan } from './masks.ts';
import { look, tally, type Sighting, type Tally, type Watch, type WatchedRule } from './watch.ts';

/** What may leave now. */
export interface Release {
  /** The next part of the text, masked. */
  readonly release: string;
  /** The masks in it. Offsets in the whole text as it was written. */
  readonly edits: readonly Edit[];
  /** Counts of what was found in it. */
  readonly findings: readonly Tally[];
  /** Set once: nothing leaves any more. */
  readonly blocked: Blocked | undefined;
}

const NOTHING: Release = { release: '', edits: [], findings: [], blocked: undefined };

/**
 * Judges a text that grows. What leaves, joined, is what masking the whole text would have made of it, whatever its pieces
 * were; of a text that is blocked it is what stands before the match. Held is what could still be part of a match, and
 * what a mask covers together with it: bounded by the longest match, invisible characters in it not counted.
 */
export class GrowingText {
  readonly #watch: Watch;
  readonly #folding = new Folding();
  /** The folded text from `#base` on: what is undecided, and what detectors want to see before it. */
  #folded = '';
  #base = 0;
  /** Up to where the folded text is decided, and for each rule from where it looks: not within its last match. */
  #decided = 0;
  readonly #from: number[];
  /** For each rule that learns both at once, what it found when it was asked for what is undecided. */
  readonly #found: (Match[] | undefined)[];
  /** The text as written from `#left` on: what has not left. */
  #written = '';
  #left = 0;
  #isBlocked = false;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#from = watch.rules.map(() => 0);
    this.#found = watch.rules.map(({ rule }) => (rule.detector.scan === undefined ? undefined : []));
  }

  push(piece: string): Release {
    if (this.#isBlocked) return NOTHING;
    if (this.#watch.rules.length === 0) return { ...NOTHING, release: piece };
    this.#written += piece;
    this.#folded += this.#folding.push(piece);
    return this.#advance(this.#undecided());
  }

  /** The rest. */
  end(): Release {
    if (this.#isBlocked) return NOTHING;
    this.#folded += this.#folding.end();
    return this.#advance(undefined);
  }

  /** Where the first match begins, of any rule, that more text could make, lengthen or undo. */
  #undecided(): number {
    let least = this.#folded.length;
    const { rules } = this.#watch;
    const notes: Notes = { numbers: undefined };
    for (let i = 0; i < rules.length; i += 1) {
      const from = (this.#from[i] ?? 0) - this.#base;
      const { detector } = (rules[i] as WatchedRule).rule;
      const found = this.#found[i];
      // What a rule would find from beyond on is not decided.
      if (found !== undefined) found.length = 0;
      if (from >= least) continue;
      const undecided =
        found === undefined || detector.scan === undefined
          ? detector.undecided(this.#folded, from, notes)
          : detector.scan(this.#folded, from, notes, found);
      if (undecided < least) least = undecided;
    }
    return this.#folding.spans.boundary(this.#base + least);
  }

  /** `undecided`: no place is, the text is whole. */
  #advance(undecided: number | undefined): Release {
    if (undecided !== undefined && undecided <= this.#decided) return NOTHING;
    const { spans } = this.#folding;
    const isWhole = undecided === undefined;
    let before = undecided ?? this.#base + this.#folded.length;
    let place = isWhole ? this.#left + this.#written.length : spans.start(before);
    const window = { base: this.#base, from: this.#from, before, isWhole };
    const sightings = look(this.#watch, this.#folded, spans, isWhole ? window : { ...window, found: this.#found });
    const masks = maskSpans(sightings);
    const unfinished = spanAround(masks, place);
    if (unfinished !== undefined) {
      before = spans.boundary(unfinished.foldedStart);
      place = unfinished.start;
    }
    const certain = sightings.filter(({ foldedStart }) => foldedStart < before);
    const block = firstBlock(certain);
    if (block !== undefined) return this.#block(block, certain, masks);
    const released = this.#release(place, masks);
    this.#forget(before, certain);
    return { ...released, findings: tally(certain), blocked: undefined };
  }

  #block(block: Sighting, certain: readonly Sighting[], masks: readonly MaskSpan[]): Release {
    this.#isBlocked = true;
    const findings = tally(certain.filter(({ start }) => start <= block.start));
    const released = this.#release(spanAround(masks, block.start)?.start ?? block.start, masks);
    this.#folded = '';
    this.#written = '';
    return { ...released, findings, blocked: blockedBy(block) };
  }

  /** What has not left, up to a place, masked. */
  #release(place: number, masks: readonly MaskSpan[]): Pick<Release, 'release' | 'edits'> {
    const edits: Edit[] = [];
    let out = '';
    let at = this.#left;
    for (const { start, end, mask } of masks) {
      if (start >= place) break;
      out += this.#slice(at, start) + mask;
      edits.push({ start, end, replacement: mask });
      at = end;
    }
    out += this.#slice(at, place);
    this.#written = this.#slice(place, this.#left + this.#written.length);
    this.#left = place;
    return { release: out, edits };
  }

  #slice(start: number, end: number): string {
    return this.#written.slice(start - this.#left, end - this.#left);
  }

  #forget(decided: number, certain: readonly Sighting[]): void {
    this.#decided = decided;
    for (let i = 0; i < this.#from.length; i += 1) this.#from[i] = Math.max(this.#from[i] ?? 0, decided);
    for (const { order, foldedEnd } of certain) this.#from[order] = Math.max(this.#from[order] ?? 0, foldedEnd);
    const base = Math.max(this.#base, decided - this.#watch.lookBehind);
    this.#folded = this.#folded.slice(base - this.#base);
    this.#base = base;
    this.#folding.spans.forget(decided);
  }
}
