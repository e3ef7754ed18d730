/** Where the texts of a JSON document are: a tree of places, as one writes down an API's types. */
import type { JSONKind } from '../../shared/json-visitor.ts';
import type { TextScope } from '../types.ts';
import { foldName } from './names.ts';

/**
 * Whose words the texts of a place are. `Owner`: that is said by the nearest object around them that has an
 * {@link Owner}; the words are the caller's when there is none.
 */
export type ScopeRule = TextScope | 'Owner';

/** What a string in a place is. */
export interface StringRule {
  /**
   * `Text`: to be read. `JSON`: JSON in a string (arguments of a tool), each string of which is a text; a string that holds
   * no JSON is one text.
   */
  readonly kind: 'Text' | 'JSON';
  readonly scope: ScopeRule;
  /** Models that sign what they think sign this. */
  readonly signed?: true;
}

/** An object whose own members say whose words the texts within it are, wherever in the object they stand. */
export interface Owner {
  /** Names of members, as {@link foldName} has them. Only strings count; a member that is there twice makes the document unreadable. */
  readonly by: ReadonlySet<string>;
  /** `None`: they are no texts. `Owner`: as the next object around says. */
  scope(members: ReadonlyMap<string, string>): ScopeRule | 'None';
}

/** What may stand in one place of a document; what has no rule there is not looked at. */
export interface Shape {
  readonly string?: StringRule | undefined;
  /** What the elements are if it is an array. */
  readonly items?: Shape | undefined;
  /** What the members are if it is an object, by {@link foldName}. */
  readonly members?: ReadonlyMap<string, Shape> | undefined;
  /** What the members are that `members` does not name. */
  readonly others?: Shape | undefined;
  readonly owner?: Owner | undefined;
  /** Values that make the whole document unreadable: a text is in them in a form that nobody can judge or edit. */
  readonly refuse?: Refusal | undefined;
}

export interface Refusal {
  readonly kinds: ReadonlySet<JSONKind>;
  /** Goes on after what the document is called: `holds a text as numbers of tokens`. */
  readonly reason: string;
}

export function text(scope: ScopeRule): Shape {
  return { string: { kind: 'Text', scope } };
}

/** What a model thinks, in a place where those that sign it put it. */
export function signedText(scope: ScopeRule): Shape {
  return { string: { kind: 'Text', scope, signed: true } };
}

export function jsonText(scope: ScopeRule): Shape {
  return { string: { kind: 'JSON', scope } };
}

/** Any value, of whatever depth: each string in it is a text. Names of members are not. */
export function anyText(scope: ScopeRule): Shape {
  const shape: Shape = {
    string: { kind: 'Text', scope },
    get items() {
      return shape;
    },
    get others() {
      return shape;
    },
  };
  return shape;
}

/** {@link anyText} but for the members of these names, of whatever depth. */
export function anyTextBut(scope: ScopeRule, ...names: readonly string[]): Shape {
  const shape: Shape = {
    ...anyText(scope),
    members: new Map(names.map((name) => [foldName(name), {}])),
    get items() {
      return shape;
    },
    get others() {
      return shape;
    },
  };
  return shape;
}

/**
 * An object of which more kinds may come than are known: what its members hold that nobody knows is a text as `unknown` has
 * it, but for the members that `unknown` leaves out.
 */
export function openObject(members: Readonly<Record<string, Shape>>, unknown: Shape, owner?: Owner): Shape {
  const known = object(members, owner);
  return {
    ...known,
    members: new Map([...(unknown.members ?? []), ...(known.members ?? [])]),
    get others() {
      return unknown.others;
    },
  };
}

export function refuse(reason: string, ...kinds: readonly JSONKind[]): Shape {
  return { refuse: { kinds: new Set(kinds), reason } };
}

/** An array. A function stands for a shape that is made later, such as one that this is part of. */
export function list(of: Shape | (() => Shape)): Shape {
  return {
    get items() {
      return typeof of === 'function' ? of() : of;
    },
  };
}

export function object(members: Readonly<Record<string, Shape>>, owner?: Owner): Shape {
  const byName = new Map(Object.entries(members).map(([name, shape]) => [foldName(name), shape]));
  return { members: byName, ...(owner !== undefined && { owner }) };
}

/** An object with names that nobody knows before. */
export function mapOf(values: Shape): Shape {
  return { others: values };
}

/** A place where values of several kinds may stand, each as one of `shapes` has it; the first that knows a kind counts. */
export function either(...shapes: readonly Shape[]): Shape {
  const array = shapes.find((shape) => 'items' in shape);
  const record = shapes.find((shape) => 'members' in shape || 'others' in shape);
  return {
    string: shapes.find((shape) => shape.string !== undefined)?.string,
    get items() {
      return array?.items;
    },
    get members() {
      return record?.members;
    },
    get others() {
      return record?.others;
    },
    get owner() {
      return record?.owner;
    },
    refuse: shapes.find((shape) => shape.refuse !== undefined)?.refuse,
  };
}
