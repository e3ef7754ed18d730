/** Cuts texts into pieces that a judge takes, and puts pieces together into requests. */
import type { Scope } from '../types.ts';
import type { RemoteText } from './types.ts';

/** A part of the text with the index `text`, from `start` on. Offsets in UTF-16 code units. */
export interface Piece {
  readonly text: number;
  readonly scope: Scope;
  readonly start: number;
  readonly value: string;
}

/** What a judge takes. In UTF-16 code units, which are at least as many as characters. */
export interface PieceLimits {
  /** Of one piece. */
  readonly length: number;
  /** By which a piece begins before the end of the one before it, so that what is cut is seen whole by one of them. */
  readonly overlap: number;
  /** Of all pieces of a request. */
  readonly requestLength: number;
  readonly requestPieces: number;
}

/** The pieces of each request. Texts without anything but white space are left out. */
export function requestsOf(texts: readonly RemoteText[], limits: PieceLimits): readonly (readonly Piece[])[] {
  const requests: Piece[][] = [];
  let current: Piece[] = [];
  let length = 0;
  for (const piece of pieces(texts, limits)) {
    const isFull = current.length >= limits.requestPieces || length + piece.value.length > limits.requestLength;
    if (isFull && current.length > 0) {
      requests.push(current);
      current = [];
      length = 0;
    }
    current.push(piece);
    length += piece.value.length;
  }
  if (current.length > 0) requests.push(current);
  return requests;
}

function* pieces(texts: readonly RemoteText[], { length, overlap }: PieceLimits): Generator<Piece> {
  for (const [index, { text, scope }] of texts.entries()) {
    if (text.trim() === '') continue;
    let start = 0;
    for (;;) {
      const end = border(text, start + length);
      yield { text: index, scope, start, value: text.slice(start, end) };
      if (end === text.length) break;
      start = border(text, end - overlap);
    }
  }
}

/** The last place up to `place` that is not within a surrogate pair. */
function border(text: string, place: number): number {
  if (place >= text.length) return text.length;
  const isLow = (text.charCodeAt(place) & 0xfc00) === 0xdc00;
  const isHigh = (text.charCodeAt(place - 1) & 0xfc00) === 0xd800;
  return isLow && isHigh ? place - 1 : place;
}
