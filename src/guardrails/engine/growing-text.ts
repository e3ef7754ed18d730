import { Folding } from '../fold/folding.ts';
import type { Match, Notes } from '../types.ts';
import { blockedBy, type Blocked, type Edit } from './judge.ts';
import { joined } from './joined.ts';
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
const NO_MASKS: readonly MaskSpan[] = [];

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
  /** Up to where the folded text is decided: rules look from there on, and not within their last match, which ends here. */
  #decided = 0;
  readonly #ends: number[];
  /** For each rule that learns both at once, what it found when it was asked for what is undecided. */
  readonly #found: (Match[] | undefined)[];
  /** The text as written from `#left` on: what has not left. */
  #written = '';
  #left = 0;
  #isBlocked = false;
  /** The rule for which most was held when all had looked. */
  #holder = 0;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#ends = watch.rules.map(() => 0);
    this.#found = watch.rules.map(({ rule }) => (rule.detector.scan === undefined ? undefined : []));
  }

  push(piece: string): Release {
    if (this.#isBlocked) return NOTHING;
    if (this.#watch.rules.length === 0) return { ...NOTHING, release: piece };
    this.#written = joined(this.#written, piece);
    this.#folded = joined(this.#folded, this.#folding.push(piece));
    return this.#advance(this.#undecided());
  }

  /** The rest. */
  end(): Release {
    if (this.#isBlocked) return NOTHING;
    this.#folded = joined(this.#folded, this.#folding.end());
    return this.#advance(undefined);
  }

  /** Where the first match begins, of any rule, that more text could make, lengthen or undo. */
  #undecided(): number {
    const notes: Notes = { numbers: undefined };
    // As long as the rule that held the text still does, the others need not look.
    const held = this.#holder;
    let least = this.#look(held, this.#base + this.#folded.length, notes);
    for (let i = 0; i < this.#found.length && least > this.#decided; i += 1) {
      if (i === held) continue;
      const undecided = this.#look(i, least, notes);
      if (undecided === least) continue;
      least = undecided;
      this.#holder = i;
    }
    return this.#folding.spans.boundary(least);
  }

  /** The same of one rule; `least` where it has nothing to say: what it would find from there on is not decided. */
  #look(order: number, least: number, notes: Notes): number {
    const { detector } = (this.#watch.rules[order] as WatchedRule).rule;
    const found = this.#found[order];
    // To empty what is empty would take as long as a look.
    if (found !== undefined && found.length > 0) found.length = 0;
    const from = Math.max(this.#ends[order] ?? 0, this.#decided);
    if (from >= least) return least;
    const undecided =
      found === undefined || detector.scan === undefined
        ? detector.undecided(this.#folded, from - this.#base, notes)
        : detector.scan(this.#folded, from - this.#base, notes, found);
    return Math.min(least, this.#base + undecided);
  }

  /** `undecided`: no place is, the text is whole. */
  #advance(undecided: number | undefined): Release {
    if (undecided !== undefined && undecided <= this.#decided) return NOTHING;
    const { spans } = this.#folding;
    const isWhole = undecided === undefined;
    let before = undecided ?? this.#base + this.#folded.length;
    let place = isWhole ? this.#left + this.#written.length : spans.start(before);
    const found = isWhole ? undefined : this.#found;
    const window = { base: this.#base, from: this.#decided, ends: this.#ends, before, isWhole, found };
    const sightings = look(this.#watch, this.#folded, spans, window);
    if (sightings.length === 0) {
      this.#forget(before, sightings);
      return this.#release(place, NO_MASKS, NOTHING.findings, undefined);
    }
    const masks = maskSpans(sightings);
    const unfinished = spanAround(masks, place);
    if (unfinished !== undefined) {
      before = spans.boundary(unfinished.foldedStart);
      place = unfinished.start;
    }
    const certain = sightings.filter(({ foldedStart }) => foldedStart < before);
    const block = firstBlock(certain);
    if (block !== undefined) return this.#block(block, certain, masks);
    this.#forget(before, certain);
    return this.#release(place, masks, tally(certain), undefined);
  }

  #block(block: Sighting, certain: readonly Sighting[], masks: readonly MaskSpan[]): Release {
    this.#isBlocked = true;
    const findings = tally(certain.filter(({ start }) => start <= block.start));
    const place = spanAround(masks, block.start)?.start ?? block.start;
    const released = this.#release(place, masks, findings, blockedBy(block));
    this.#folded = '';
    this.#written = '';
    return released;
  }

  /** What has not left, up to a place, masked. */
  #release(
    place: number,
    masks: readonly MaskSpan[],
    findings: readonly Tally[],
    blocked: Blocked | undefined,
  ): Release {
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
    return { release: out, edits, findings, blocked };
  }

  #slice(start: number, end: number): string {
    return this.#written.slice(start - this.#left, end - this.#left);
  }

  #forget(decided: number, certain: readonly Sighting[]): void {
    this.#decided = decided;
    for (const { order, foldedEnd } of certain) this.#ends[order] = Math.max(this.#ends[order] ?? 0, foldedEnd);
    const base = Math.max(this.#base, decided - this.#watch.lookBehind);
    this.#folded = this.#folded.slice(base - this.#base);
    this.#base = base;
    this.#folding.spans.forget(decided);
  }
}
