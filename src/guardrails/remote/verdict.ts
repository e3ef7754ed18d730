/** Puts together what judges said: of pieces into a verdict, and one edit after another. */
import type { Edit } from '../engine/judge.ts';
import type { PlacedEdit, RemoteFinding, RemoteText, RemoteVerdict } from './types.ts';

/** What has been said so far. */
export class VerdictBuilder {
  readonly #findings = new Map<string, RemoteFinding>();
  readonly #edits = new Map<number, Edit[]>();
  #blockedBy: string | undefined;

  add(findings: readonly RemoteFinding[], edits: readonly PlacedEdit[]): void {
    for (const finding of findings) {
      const key = `${finding.action} ${finding.rule}`;
      const count = (this.#findings.get(key)?.count ?? 0) + finding.count;
      this.#findings.set(key, { ...finding, count });
      if (finding.action === 'Block') this.#blockedBy ??= finding.rule;
    }
    for (const { text, ...edit } of edits) {
      const known = this.#edits.get(text);
      if (known === undefined) this.#edits.set(text, [edit]);
      else known.push(edit);
    }
  }

  get blockedBy(): string | undefined {
    return this.#blockedBy;
  }

  build(texts: readonly RemoteText[]): RemoteVerdict {
    return {
      findings: [...this.#findings.values()],
      blockedBy: this.#blockedBy,
      edits: texts.map((_text, i) => joined(this.#edits.get(i) ?? [])),
    };
  }
}

/** In order; what overlaps becomes one, with the replacement of the one that begins first. */
export function joined(edits: readonly Edit[]): readonly Edit[] {
  const result: Edit[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last === undefined || edit.start >= last.end) result.push(edit);
    else if (edit.end > last.end) result[result.length - 1] = { ...last, end: edit.end };
  }
  return result;
}

/**
 * The edits of a text that have the effect of `first`, and then of `second` on what `first` has made of it. An edit of
 * `second` that touches what `first` has written takes its place.
 */
export function followed(first: readonly Edit[], second: readonly Edit[]): readonly Edit[] {
  if (first.length === 0 || second.length === 0) return first.length === 0 ? second : first;
  return joined([...asBefore(first, second), ...first]);
}

/** Edits of an edited text as edits of the text before; what they touch of `first` they cover whole. */
function asBefore(first: readonly Edit[], second: readonly Edit[]): readonly Edit[] {
  /** Edits of `first` that end up to the place that is looked at, and by how much they have moved what follows. */
  let passed = 0;
  let shift = 0;
  return second.map(({ start, end, replacement }) => {
    for (let edit = first[passed]; edit !== undefined && writtenEnd(edit, shift) <= start; edit = first[passed]) {
      shift += grown(edit);
      passed += 1;
    }
    let from = start - shift;
    let to = end - shift;
    let moved = shift;
    for (let i = passed; i < first.length; i += 1) {
      const edit = first[i];
      if (edit === undefined || edit.start + moved >= end) break;
      if (i === passed) from = Math.min(from, edit.start);
      const isPast = writtenEnd(edit, moved) <= end;
      moved += grown(edit);
      to = isPast ? end - moved : edit.end;
    }
    return { start: from, end: to, replacement };
  });
}

/** Where, in the edited text, the replacement of an edit ends that is moved by `shift`. */
function writtenEnd({ start, replacement }: Edit, shift: number): number {
  return start + shift + replacement.length;
}

/** By how much an edit lengthens its text. */
function grown({ start, end, replacement }: Edit): number {
  return replacement.length - (end - start);
}
