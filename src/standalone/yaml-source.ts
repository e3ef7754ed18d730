import { LineCounter, parseDocument, type Document, type ScalarTag, type Tags } from 'yaml';

const UNWANTED_TAGS: ReadonlySet<string> = new Set(
  ['binary', 'omap', 'pairs', 'set', 'timestamp'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** `0o17`, which kubectl reads although it is not YAML 1.1. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[oO][0-7]+$/,
  resolve: (text) => Number.parseInt(text.replace(/0o/i, ''), 8),
};

const kubectlTags = (tags: Tags): Tags => [
  octal,
  ...tags.filter(
    (tag) => typeof tag === 'string' || !(UNWANTED_TAGS.has(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  ),
];

/**
 * A YAML document that is parsed when it is looked at. Its tree is many times as large as the text, and after the first
 * look it is needed for the places of problems only: it may be forgotten and made again.
 */
export class YAMLSource {
  readonly lines = new LineCounter();
  readonly #text: string;
  #document: WeakRef<Document.Parsed> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get document(): Document.Parsed {
    const known = this.#document?.deref();
    if (known !== undefined) return known;
    const document = parseDocument(this.#text, {
      schema: 'yaml-1.1',
      version: '1.1',
      merge: true,
      // See repeated-key.ts.
      uniqueKeys: false,
      customTags: kubectlTags,
      ...(this.#document === undefined && { lineCounter: this.lines }),
      prettyErrors: false,
      logLevel: 'silent',
    });
    this.#document = new WeakRef(document);
    return document;
  }
}
