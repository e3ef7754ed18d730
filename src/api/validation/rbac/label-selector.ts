import { fieldError, type FieldError, type FieldPath } from '../field-error.ts';
import { labelValueProblems, qualifiedNameProblems } from '../names.ts';
import type { JSONValue } from '../schema.ts';
import type { Decoder } from './decoder.ts';

/** Which objects, by their labels. Everything in it must hold; an empty one is for all objects. */
export interface LabelSelector {
  readonly matchLabels: ReadonlyMap<string, string>;
  readonly matchExpressions: readonly LabelRequirement[];
}

export interface LabelRequirement {
  readonly key: string;
  /** One of {@link OPERATORS} in a valid selector. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** Operators, and whether they take values. */
const OPERATORS: ReadonlyMap<string, boolean> = new Map([
  ['In', true],
  ['NotIn', true],
  ['Exists', false],
  ['DoesNotExist', false],
]);

export function decodeLabelSelector(value: JSONValue, path: FieldPath, decoder: Decoder): LabelSelector {
  const { matchLabels, matchExpressions } = decoder.fields(value, path, ['matchLabels', 'matchExpressions']);
  return {
    matchLabels: decoder.textMap(matchLabels, [...path, 'matchLabels']),
    matchExpressions: decoder.list(matchExpressions, [...path, 'matchExpressions'], (each, at) => {
      const { key, operator, values } = decoder.fields(each, at, ['key', 'operator', 'values']);
      return {
        key: decoder.text(key, [...at, 'key']),
        operator: decoder.text(operator, [...at, 'operator']),
        values: decoder.texts(values, [...at, 'values']),
      };
    }),
  };
}

export function validateLabelSelector(selector: LabelSelector, path: FieldPath): FieldError[] {
  const invalid = (at: FieldPath, value: string, problems: readonly string[]): FieldError[] =>
    problems.map((detail) => fieldError('Invalid', at, { value, detail }));
  const labels = [...selector.matchLabels].flatMap(([key, value]) => {
    const at = [...path, 'matchLabels'];
    return [...invalid(at, key, qualifiedNameProblems(key)), ...invalid(at, value, labelValueProblems(value))];
  });
  const expressions = selector.matchExpressions.flatMap(({ key, operator, values }, index) => {
    const at = [...path, 'matchExpressions', index];
    return [
      ...operatorErrors(operator, values, at),
      ...invalid([...at, 'key'], key, qualifiedNameProblems(key)),
      ...values.flatMap((value, nth) => invalid([...at, 'values', nth], value, labelValueProblems(value))),
    ];
  });
  const errors = [...labels, ...expressions];
  // The server builds the selector as well, and says once more that it cannot.
  return errors.length === 0
    ? []
    : [...errors, fieldError('Invalid', path, { value: null, detail: 'invalid label selector.' })];
}

function operatorErrors(operator: string, values: readonly string[], path: FieldPath): FieldError[] {
  const takesValues = OPERATORS.get(operator);
  if (takesValues === undefined) {
    const detail = 'not a valid selector operator';
    return [fieldError('Invalid', [...path, 'operator'], { value: operator, detail })];
  }
  if (takesValues && values.length === 0) {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'";
    return [fieldError('Required', [...path, 'values'], { detail })];
  }
  if (!takesValues && values.length > 0) {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    return [fieldError('Forbidden', [...path, 'values'], { detail })];
  }
  return [];
}
