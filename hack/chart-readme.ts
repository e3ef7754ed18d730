/**
 * Writes charts/tidegate/README.md: the values table is made from values.yaml, in which each value has a comment that
 * begins with `# --`. With `--check` it writes nothing and exits with status 1 when the file is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

const chart = join(import.meta.dirname, '../charts/tidegate');
const begin = '<!-- Values: generated from values.yaml by hack/chart-readme.ts. Do not edit. -->';
const end = '<!-- End of values. -->';

/** One documented value. */
interface Value {
  readonly key: string;
  readonly fallback: string;
  readonly description: string;
}

/** Every value with a `# --` comment, in the order of the file. Throws for a leaf that no comment covers. */
function values(text: string): readonly Value[] {
  const document = parseDocument(text);
  const found: Value[] = [];
  const visit = (map: YAMLMap, path: string): void => {
    for (const [index, pair] of map.items.entries()) {
      const key = `${path}${String(isScalar(pair.key) ? pair.key.value : pair.key)}`;
      const description = commentOf(map, pair, index);
      if (description !== undefined) {
        found.push({ key, fallback: JSON.stringify((pair.value as { toJSON(): unknown }).toJSON()), description });
      } else if (isMap(pair.value) && pair.value.items.length > 0) visit(pair.value, `${key}.`);
      else throw new Error(`values.yaml: ${key} has no comment that begins with "# --"`);
    }
  };
  if (isMap(document.contents)) visit(document.contents, '');
  return found;
}

/** The parser hangs the comment of a map's first pair on the map. */
function commentOf(map: YAMLMap, pair: Pair, index: number): string | undefined {
  const own = isScalar(pair.key) ? pair.key.commentBefore : undefined;
  const comment = own ?? (index === 0 ? map.commentBefore : undefined);
  return /(?:^|\n) -- (.*)$/s.exec(comment ?? '')?.[1]?.replaceAll('\n', '');
}

/** README.md with a fresh table between its two marks. */
export function chartReadme(readme: string, valuesText: string): string {
  const rows = values(valuesText).map(
    ({ key, fallback, description }) => `| \`${key}\` | \`${fallback}\` | ${description.replaceAll('|', '\\|')} |`,
  );
  const table = ['| Value | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from === -1 || to === -1) throw new Error('README.md has lost its marks around the values');
  return `${readme.slice(0, from)}${begin}\n\n${table}\n\n${readme.slice(to)}`;
}

if (import.meta.main) {
  const path = join(chart, 'README.md');
  const present = readFileSync(path, 'utf8');
  const wanted = chartReadme(present, readFileSync(join(chart, 'values.yaml'), 'utf8'));
  if (present !== wanted) {
    if (process.argv.includes('--check')) {
      console.log('stale: charts/tidegate/README.md; run `node hack/chart-readme.ts`');
      process.exitCode = 1;
    } else writeFileSync(path, wanted);
  }
}
