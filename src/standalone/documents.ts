import { isMap, isScalar, isSeq, type Document, type ParsedNode, type YAMLMap } from 'yaml';
import { isList, isObject, type JSONObject, type JSONValue } from '../api/validation/schema.ts';
import type { FieldPath } from '../api/validation/field-error.ts';
import { repeatedKey } from './repeated-key.ts';
import type { Problem } from './types.ts';
import { YAMLSource } from './yaml-source.ts';
import { describeReadError, describeSyntaxError } from './yaml-messages.ts';

/** A place in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One object of a manifest file. */
export interface ManifestDocument {
  readonly file: string;
  readonly value: JSONObject;
  /** Where a field is; where it is missing, the nearest object that should hold it. */
  position(path: FieldPath): Position;
}

export interface ParsedFile {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly Problem[];
}

/** Documents in one file. */
const MAX_DOCUMENTS = 2000;

/**
 * Splits a file into documents and parses each by itself, so that a broken one does not affect its neighbours. Values
 * are read as kubectl reads them (YAML 1.1: `yes` is true), without its exotic types. A `List` yields its items.
 */
export function parseManifests(text: string, file: string): ParsedFile {
  const chunks = splitDocuments(text);
  if (chunks.length > MAX_DOCUMENTS) {
    const message = `the file has ${chunks.length} documents; at most ${MAX_DOCUMENTS} are read`;
    return { documents: [], problems: [{ severity: 'error', file, line: 1, column: 1, message }] };
  }
  const parsed = chunks.map((chunk) => parseChunk(chunk, file));
  return { documents: parsed.flatMap((each) => each.documents), problems: parsed.flatMap((each) => each.problems) };
}

interface Chunk {
  readonly text: string;
  /** Lines of the file before this chunk. */
  readonly offset: number;
}

/** A line that begins with `---` always starts a document. */
function splitDocuments(text: string): Chunk[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const starts = lines.flatMap((line, index) => (index > 0 && /^---(?:\s|$)/.test(line) ? [index] : []));
  return [0, ...starts].map((start, index) => ({
    text: lines.slice(start, starts[index] ?? lines.length).join('\n'),
    offset: start,
  }));
}

function parseChunk(chunk: Chunk, file: string): ParsedFile {
  const source = new YAMLSource(chunk.text);
  const at = (offset: number): Position => {
    const { line, col } = source.lines.linePos(offset);
    return { line: Math.max(line, 1) + chunk.offset, column: Math.max(col, 1) };
  };
  const problem = (offset: number, message: string): Problem => ({ severity: 'error', file, ...at(offset), message });

  try {
    const { document } = source;
    // The first tells the cause; the others mostly follow from it.
    const [broken] = [...document.errors, ...document.warnings];
    if (broken !== undefined) return { documents: [], problems: [problem(broken.pos[0], describeSyntaxError(broken))] };
    const repeated = repeatedKey(document);
    if (repeated !== undefined) return { documents: [], problems: [problem(repeated, 'Map keys must be unique')] };
    const value = document.toJS() as JSONValue;
    if (value === null) return { documents: [], problems: [] };
    const strange = findNonJSON(value);
    if (strange !== undefined) {
      return { documents: [], problems: [problem(offsetOf(document, strange), 'the value has no form in JSON')] };
    }
    if (!isObject(value)) return { documents: [], problems: [problem(0, 'a manifest must be an object')] };
    const problems = strayItems(value).map((index) =>
      problem(offsetOf(document, ['items', index]), 'an item of a List must be an object'),
    );
    return { documents: expandList(value, source, file, at), problems };
  } catch (error) {
    // Alias bombs and absurd nesting end here.
    return { documents: [], problems: [problem(0, describeReadError(error))] };
  }
}

function expandList(
  value: JSONObject,
  source: YAMLSource,
  file: string,
  at: (offset: number) => Position,
): ManifestDocument[] {
  const entry = (object: JSONObject, base: FieldPath): ManifestDocument => {
    const place = (path: FieldPath): Position => at(offsetOf(source.document, [...base, ...path], base.length));
    const start = place([]);
    return { file, value: object, position: (path) => (path.length === 0 ? start : place(path)) };
  };
  if (!isListManifest(value)) return [entry(value, [])];
  return value.items.flatMap((item, index) => (isObject(item) ? [entry(item, ['items', index])] : []));
}

/** Indexes of items of a `List` that are no objects. */
function strayItems(value: JSONObject): number[] {
  if (!isListManifest(value)) return [];
  return value.items.flatMap((item, index) => (isObject(item) ? [] : [index]));
}

function isListManifest(value: JSONObject): value is JSONObject & { readonly items: readonly JSONValue[] } {
  return value['apiVersion'] === 'v1' && value['kind'] === 'List' && isList(value['items']);
}

/** `.inf`, `.nan` and halves of characters are the only values left that JSON does not know. */
function findNonJSON(value: JSONValue, path: FieldPath = []): FieldPath | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path;
  if (typeof value === 'string') return value.isWellFormed() ? undefined : path;
  const members: Iterable<[string | number, JSONValue]> = isList(value)
    ? value.entries()
    : isObject(value)
      ? Object.entries(value)
      : [];
  for (const [key, member] of members) {
    if (typeof key === 'string' && !key.isWellFormed()) return path;
    const found = findNonJSON(member, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Member {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

/** By their keys, as far as looked for: a file may have ten thousands of problems, all in one map. */
const members = new WeakMap<YAMLMap.Parsed, ReadonlyMap<string, Member>>();

function membersOf(map: YAMLMap.Parsed): ReadonlyMap<string, Member> {
  const known = members.get(map);
  if (known !== undefined) return known;
  const byKey = new Map<string, Member>();
  for (const pair of map.items as readonly Member[]) {
    if (!isScalar(pair.key)) continue;
    const name = String(pair.key.value);
    if (!byKey.has(name)) byKey.set(name, pair);
  }
  members.set(map, byKey);
  return byKey;
}

/** Offset of the deepest part of `path` that exists: of a member its key, of a list's item the item. */
function offsetOf(document: Document.Parsed, path: FieldPath, least = 0): number {
  let node: ParsedNode | null = document.contents;
  let offset = startOf(node);
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = membersOf(node).get(String(part));
      if (pair === undefined) return offset;
      offset = startOf(pair.key);
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part] ?? null;
      if (node === null) return offset;
      offset = startOf(node);
    } else {
      return offset;
    }
    if (depth < least) offset = startOf(node);
  }
  return offset;
}

function startOf(node: ParsedNode | null): number {
  return node?.range[0] ?? 0;
}
