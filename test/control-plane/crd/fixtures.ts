/**
 * Manifests of a kind with what the API server must say to them. A file's leading comments are a title and one `expect:` line for
 * each field error; without one the manifest is valid. A second document is an update of the first.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ResourceKind } from '../../../src/api/group.ts';
import type { JSONObject } from '../../../src/api/validation/schema.ts';
import { parseManifests } from '../../../src/standalone/documents.ts';

export interface Fixture {
  /** `invalid/type-unknown` */
  readonly name: string;
  readonly title: string;
  /** Sorted. */
  readonly expected: readonly string[];
  readonly create: JSONObject;
  readonly update: JSONObject | undefined;
}

const folder = path.join(import.meta.dirname, 'testdata');

/** Every fixture of a kind, by folder and file name. */
export function loadFixtures({ plural }: ResourceKind): Fixture[] {
  const ofKind = path.join(folder, plural);
  return ['valid', 'invalid'].flatMap((validity) =>
    readdirSync(path.join(ofKind, validity))
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map((file) => loadFixture(ofKind, `${validity}/${file.slice(0, -'.yaml'.length)}`)),
  );
}

function loadFixture(ofKind: string, name: string): Fixture {
  const text = readFileSync(path.join(ofKind, `${name}.yaml`), 'utf8');
  const comments = text.split('\n').filter((line) => line.startsWith('# '));
  const expected = comments.flatMap((line) => (line.startsWith('# expect: ') ? [line.slice('# expect: '.length)] : []));
  const { documents, problems } = parseManifests(text, name);
  const [create, update] = documents;
  if (create === undefined || problems.length > 0)
    throw new Error(`${name} cannot be read: ${problems[0]?.message ?? 'empty'}`);
  if (name.startsWith('invalid/') !== expected.length > 0) throw new Error(`${name} is in the wrong folder`);
  return {
    name,
    title: comments[0]?.slice(2) ?? name,
    expected: expected.toSorted(),
    create: create.value,
    update: update?.value,
  };
}
