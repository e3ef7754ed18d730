/** Prometheus' text exposition, read strictly: what Prometheus would refuse throws. */

/** One sample. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A parsed exposition. */
export class Exposition {
  readonly samples: readonly Sample[];
  readonly types: ReadonlyMap<string, string>;

  constructor(samples: readonly Sample[], types: ReadonlyMap<string, string>) {
    this.samples = samples;
    this.types = types;
  }

  /** Sum of the samples of that name whose labels include these. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples
      .filter((sample) => sample.name === name)
      .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
      .reduce((sum, sample) => sum + sample.value, 0);
  }
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/y;
const escapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/** @throws when a line is malformed, a series occurs twice, a family has no type, or its samples lie apart. */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the exposition must end with a line feed');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const series = new Set<string>();
  const closed = new Set<string>();
  let family = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (type) {
      const [, name = '', kind = ''] = type;
      if (types.has(name)) throw new Error(`type of ${name} is given twice`);
      types.set(name, kind);
    }
    if (line.startsWith('#')) continue;
    const sample = parseSample(line);
    const key = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
    if (series.has(key)) throw new Error(`series occurs twice: ${line}`);
    series.add(key);
    samples.push(sample);
    const own = familyOf(sample.name, types);
    if (own !== family) {
      if (closed.has(own)) throw new Error(`samples of ${own} lie apart`);
      closed.add(family);
      family = own;
    }
  }
  return new Exposition(samples, types);
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value] = sampleLine.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`);
  const number = value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value);
  if (Number.isNaN(number) && value.toLowerCase() !== 'nan') throw new Error(`no number: ${line}`);
  return { name, labels: parseLabels(labels, line), value: number };
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  while (labelPair.lastIndex < text.length) {
    const [, name = '', value = ''] = labelPair.exec(text) ?? [];
    if (name === '') throw new Error(`malformed labels: ${line}`);
    if (name in labels) throw new Error(`label ${name} occurs twice: ${line}`);
    labels[name] = value.replaceAll(/\\[\\"n]/g, (escape) => escapes[escape] ?? escape);
  }
  return labels;
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  if (types.has(name)) return name;
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const kind = types.get(base);
  if (kind === 'histogram' || kind === 'summary') return base;
  throw new Error(`no type for ${name}`);
}
