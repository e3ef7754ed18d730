import { LineCounter, parseDocument, type Document, type Tags } from 'yaml';

const UNWANTED_TAGS: ReadonlySet<string> = new Set(
  ['binary', 'omap', 'pairs', 'set', 'timestamp'].map((name) => `tag:yaml.org,2002:${name}`),
);

const withoutExoticTags = (tags: Tags): Tags =>
  tags.filter(
    (tag) => typeof tag === 'string' || !(UNWANTED_TAGS.has(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  );

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
      customTags: withoutExoticTags,
      ...(this.#document === undefined && { lineCounter: this.lines }),
      prettyErrors: false,
      logLevel: 'silent',
    });
    this.#document = new WeakRef(document);
    return document;
  }
}
