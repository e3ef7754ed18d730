import { fieldError, formatPath, type FieldError, type FieldPath } from '../field-error.ts';
import { isList, isObject, type JSONObject, type JSONValue } from '../schema.ts';

/**
 * Reads a manifest of a built-in kind as the API server's strict decoder does: `null` is as good as absent, and a field
 * that the kind does not have is an error. What cannot be decoded is empty, and told in `errors`.
 */
export class Decoder {
  readonly errors: FieldError[] = [];

  /** Members of an object by their names. */
  fields(value: JSONValue | undefined, path: FieldPath, known: readonly string[]): JSONObject {
    if (value === undefined || value === null) return {};
    if (!isObject(value)) {
      this.#mismatch(path, 'an object');
      return {};
    }
    for (const name of Object.keys(value)) if (!known.includes(name)) this.#unknown([...path, name]);
    return value;
  }

  text(value: JSONValue | undefined, path: FieldPath): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    this.#mismatch(path, 'a string; put the value into quotes');
    return '';
  }

  list<T>(value: JSONValue | undefined, path: FieldPath, item: (value: JSONValue, path: FieldPath) => T): T[] {
    if (value === undefined || value === null) return [];
    if (isList(value)) return value.map((each, index) => item(each, [...path, index]));
    this.#mismatch(path, 'a list');
    return [];
  }

  texts(value: JSONValue | undefined, path: FieldPath): string[] {
    return this.list(value, path, (each, at) => this.text(each, at));
  }

  /** An object whose members are all texts. */
  textMap(value: JSONValue | undefined, path: FieldPath): Map<string, string> {
    const members = isObject(value) ? Object.keys(value) : [];
    return new Map(
      Object.entries(this.fields(value, path, members)).map(([key, each]) => [key, this.text(each, [...path, key])]),
    );
  }

  #mismatch(path: FieldPath, what: string): void {
    this.errors.push(fieldError('TypeInvalid', path, { detail: `must be ${what}` }));
  }

  #unknown(path: FieldPath): void {
    this.errors.push({ type: 'Forbidden', path, message: `unknown field "${formatPath(path)}"` });
  }
}
