/** Reads the parsed answer of a judge, strictly: whatever is of another shape is an {@link UnreadableAnswer}. */
import { UnreadableAnswer } from './types.ts';

export type Answer = Readonly<Record<string, unknown>>;

/** Items of any list of an answer. */
const MAX_ITEMS = 10_000;

const MAX_NAME = 100;

export function parsed(answer: string): Answer {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    throw new UnreadableAnswer('the answer is not JSON');
  }
  return object(value, 'the answer');
}

export function object(value: unknown, what: string): Answer {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableAnswer(`${what} is not an object`);
  }
  return value as Answer;
}

/** The object that `value` is, with no member that is not in `keys`. */
export function exactly(value: unknown, what: string, keys: readonly string[]): Answer {
  const found = object(value, what);
  if (Object.keys(found).some((key) => !keys.includes(key))) {
    throw new UnreadableAnswer(`${what} has a member that is not known`);
  }
  return found;
}

/** The items of a list; none when it is absent. */
export function items(value: unknown, what: string): readonly Answer[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_ITEMS)
    throw new UnreadableAnswer(`${what} is not a list of that kind`);
  return value.map((item) => object(item, `an item of ${what}`));
}

/** The object that a member is; undefined when it is absent. */
export function part(value: unknown, what: string): Answer | undefined {
  return value === undefined || value === null ? undefined : object(value, what);
}

export function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new UnreadableAnswer(`${what} is not a string`);
  return value;
}

export function oneOf<T extends string>(value: unknown, what: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UnreadableAnswer(`${what} is none of ${words.join(', ')}`);
  return found;
}

/** A whole number from 0. */
export function whole(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new UnreadableAnswer(`${what} is not a whole number`);
  }
  return value;
}

/** `kind/name`, of names that come from outside: letters, digits, `_`, `-`, `.` and spaces, 100 at most. */
export function ruleName(kind: string, name: string): string {
  const tame = name.replaceAll(/[^\p{L}\p{N}_. -]/gu, '_').slice(0, MAX_NAME);
  return `${kind}/${tame === '' ? '_' : tame}`;
}
