import { onlyMember } from './char-set.ts';
import type { Node } from './syntax.ts';

/** Texts that stand in every match of a pattern, so that a text without them needs no closer look. */
export interface Literals {
  /** What every match begins with; may be empty. */
  readonly prefix: string;
  /** The longest one known to stand anywhere in every match; may be empty. */
  readonly inner: string;
}

interface Known extends Literals {
  /** Whether every match is the prefix and nothing else. */
  readonly isAll: boolean;
}

/** More would not skip better. */
const LONG_ENOUGH = 32;

const NOTHING: Known = { prefix: '', inner: '', isAll: false };
const EMPTY: Known = { prefix: '', inner: '', isAll: true };

/** Literals of a pattern that has passed `checkLimits`. */
export function literalsOf(node: Node): Literals {
  return known(node);
}

function known(node: Node): Known {
  switch (node.kind) {
    case 'Empty':
    case 'Look':
      return EMPTY;
    case 'Set': {
      const code = onlyMember(node.set);
      return code === undefined || isSurrogate(code) ? NOTHING : exactly(String.fromCodePoint(code));
    }
    case 'Concat':
      return concat(node.nodes.map(known));
    case 'Alternate': {
      const prefixes = node.nodes.map((part) => known(part).prefix);
      const prefix = prefixes.reduce(commonPrefix);
      return { prefix, inner: prefix, isAll: false };
    }
    default: {
      if (node.max === 0) return EMPTY;
      if (node.min === 0) return NOTHING;
      const one = known(node.node);
      if (one.isAll && one.prefix !== '') {
        const times = Math.min(node.min, Math.ceil(LONG_ENOUGH / one.prefix.length));
        const text = one.prefix.repeat(times);
        return { prefix: text, inner: text, isAll: times === node.max };
      }
      return { ...one, isAll: false };
    }
  }
}

function concat(parts: readonly Known[]): Known {
  let prefix: string | undefined;
  let inner = '';
  /** What certainly stands right before the next part. */
  let run = '';
  for (const part of parts) {
    run += part.prefix;
    inner = longer(longer(inner, run), part.inner);
    if (!part.isAll) {
      prefix ??= run;
      run = '';
    }
  }
  return { prefix: prefix ?? run, inner, isAll: prefix === undefined };
}

function exactly(text: string): Known {
  return { prefix: text, inner: text, isAll: true };
}

function longer(a: string, b: string): string {
  return b.length > a.length ? b : a;
}

/** Of whole code points. */
function commonPrefix(a: string, b: string): string {
  let common = '';
  for (const char of a) {
    if (!b.startsWith(common + char)) break;
    common += char;
  }
  return common;
}

/** Half a pair: looking for it would find halves of other pairs. */
function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}
