import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Detector, Match } from '../types.ts';
import { Automaton } from './automaton.ts';
import { beginsWord, isBorder } from './borders.ts';
import type { WordPattern } from './pattern.ts';
import { profanityDetector } from './profanity.ts';
import { detectPatterns } from './word-detector.ts';
import { canBeFound, wordDetector } from './words.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 1000);

const found = (detector: Detector, text: string) =>
  detector.find(text, 0, true).map(({ start, end }) => text.slice(start, end));
const words = (list: string[], match: 'Word' | 'Substring' = 'Word', caseSensitive = false) =>
  wordDetector(list, { match, caseSensitive });

/** The rule, without an automaton. */
function reference(patterns: readonly WordPattern[], text: string): Match[] {
  const at = (start: number, { text: word, atBegin, atEnd }: WordPattern) =>
    text.startsWith(word, start) &&
    (!atBegin || beginsWord(text, start)) &&
    (!atEnd || isBorder(text, start + word.length));
  const exempt: Match[] = [];
  for (let start = 0; start < text.length; start += 1) {
    for (const pattern of patterns) {
      if (pattern.exempt && at(start, pattern)) exempt.push({ start, end: start + pattern.text.length });
    }
  }
  const matches: Match[] = [];
  for (let start = 0; start < text.length; start += 1) {
    const fits = patterns.filter((pattern) => !pattern.exempt && at(start, pattern));
    const end = start + Math.max(0, ...fits.map((pattern) => pattern.text.length));
    if (end === start || exempt.some((one) => one.start <= start && end <= one.end)) continue;
    matches.push({ start, end });
    start = end - 1;
  }
  return matches;
}

/** What comes of a detector that sees a text grow and is shown only what its contract promises. */
function grown(detector: Detector, text: string, sizes: readonly number[]): Match[] {
  const matches: Match[] = [];
  let from = 0;
  for (let end = 0, i = 0; end < text.length; i += 1) {
    end = Math.min(text.length, end + (sizes[i % sizes.length] ?? 1));
    const isWhole = end === text.length;
    const base = Math.max(0, from - detector.lookBehind);
    const window = text.slice(base, end);
    const undecided = isWhole ? end : base + detector.undecided(window, from - base);
    for (const match of detector.find(window, from - base, isWhole)) {
      if (base + match.start < undecided) matches.push({ start: base + match.start, end: base + match.end });
    }
    from = Math.max(undecided, matches.at(-1)?.end ?? 0);
  }
  return matches;
}

const alphabet = fc.constantFrom('a', 'b', 'c', ' ', '_', '\u0301', '漢', '\\', '\\x0', '\\u000');
const pattern = fc.record({
  text: fc.array(alphabet, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')),
  atBegin: fc.boolean(),
  atEnd: fc.boolean(),
  exempt: fc.boolean(),
});
const innocent = ({ exempt, ...rest }: WordPattern) =>
  exempt ? { ...rest, atBegin: false, atEnd: false, exempt } : { ...rest, exempt };
const patterns = fc.array(pattern.map(innocent), { minLength: 1, maxLength: 8 });
const text = fc.array(alphabet, { maxLength: 40 }).map((parts) => parts.join(''));

describe('word detectors', () => {
  it('find what trying each pattern at each place finds', () => {
    fc.assert(
      fc.property(patterns, text, (patterns, text) => {
        expect(detectPatterns(patterns, true).find(text, 0, true)).toEqual(reference(patterns, text));
      }),
      { numRuns: RUNS },
    );
  });

  it('find the same where they skip what begins no word', () => {
    const letters = fc.constantFrom(...Array.from('abcdefghijklmnop é漢'));
    const word = fc.array(letters, { minLength: 4, maxLength: 9 }).map((units) => units.join(''));
    const list = fc.array(word, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(list, fc.boolean(), fc.array(fc.tuple(fc.nat(), fc.nat(), letters)), (list, borders, parts) => {
        const all = list.map((text) => ({ text, atBegin: borders, atEnd: borders, exempt: false }));
        fc.pre(new Automaton(all, true).skip !== undefined);
        const text = parts.map(([which, end, between]) => {
          const word = list[which % list.length] ?? '';
          return (end % 3 === 0 ? word : word.slice(0, end % word.length)) + (end % 5 === 0 ? '' : between);
        });
        expect(detectPatterns(all, true).find(text.join(''), 0, true)).toEqual(reference(all, text.join('')));
      }),
      { numRuns: RUNS },
    );
  });

  it('find the same in a text that grows', () => {
    fc.assert(
      fc.property(
        patterns,
        text,
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
        (patterns, text, sizes) => {
          expect(grown(detectPatterns(patterns, true), text, sizes)).toEqual(reference(patterns, text));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('look on from anywhere but within a match as if they had begun at the beginning', () => {
    fc.assert(
      fc.property(patterns, text, fc.nat(), (patterns, text, seed) => {
        const detector = detectPatterns(patterns, true);
        const all = reference(patterns, text);
        const from = seed % (text.length + 1);
        if (all.some(({ start, end }) => start < from && from < end)) return;
        const base = Math.max(0, from - detector.lookBehind);
        const found = detector.find(text.slice(base), from - base, true);
        const left = found.map(({ start, end }) => ({ start: base + start, end: base + end }));
        expect(left).toEqual(all.filter(({ start }) => start >= from));
      }),
      { numRuns: RUNS },
    );
  });

  it('find the same when most states have no row of transitions', () => {
    const letters = Array.from({ length: 3000 }, (_, i) => String.fromCharCode(0x4e00 + i));
    const list = letters.map((letter, i) => `x${letter}${letters[(i * 7) % 3000]}${letters[(i * 11) % 3000]}`);
    const detector = words(list, 'Substring');
    expect(found(detector, `..${list[2999]}${list[1]}${list[700]!.slice(0, 2)}${list[5]}`)).toEqual([
      list[2999],
      list[1],
      list[5],
    ]);
  });

  it.each([
    ['Word', 'The cat sat on a category, Cat!', ['cat', 'Cat']],
    ['Substring', 'The cat sat on a category, Cat!', ['cat', 'cat', 'Cat']],
  ] as const)('match by %s', (match, text, expected) => {
    expect(found(words(['cat'], match), text)).toEqual(expected);
  });

  it('tell case apart when asked to', () => {
    expect(found(words(['Cat'], 'Word', true), 'cat Cat CAT')).toEqual(['Cat']);
    expect(found(words(['ΣΟΦΟΣ'], 'Word'), 'σοφος σοφοσ')).toEqual(['σοφος', 'σοφοσ']);
  });

  it('take the leftmost, then the longest', () => {
    expect(found(words(['new', 'new york', 'york city'], 'Word'), 'new york city, new')).toEqual(['new york', 'new']);
  });

  it('need no border next to what is no letter', () => {
    expect(found(words(['c++', '.net'], 'Word'), 'c++11 asp.net xc++')).toEqual(['c++', '.net']);
  });

  it.each([
    'blue heron',
    'Blue\nHeron',
    'Blue\r\nHeron',
    'Blue\tHeron',
    'Blue  Heron',
    'Blue\u2028Heron',
    'Blue\n Heron',
  ])('find a name of two words however they are set apart: %j', (text) => {
    expect(found(words(['Blue Heron']), `the ${text}.`)).toEqual([text]);
    expect(found(words(['blue\nheron'], 'Substring'), text)).toEqual(/\s\s/.test(text) ? [] : [text]);
    expect(found(words(['BlueHeron'], 'Substring'), text)).toEqual([]);
  });

  it.each([
    ['print("hello\\nfalcon")', 'falcon'],
    ['{"a":"x\\r\\nfalcon\\n"}', 'falcon'],
    ['{\\"a\\":\\"x\\\\nfalcon\\\\t\\"}', 'falcon'],
    ['a\\tfalcon\\tb', 'falcon'],
    ['a\\/falcon\\/b', 'falcon'],
    ['a\\u2019falcon\\u2019s', 'falcon'],
    ['\\u5bc6falcon\\u5bc6', 'falcon'],
    ['\\ud83d\\ude00falcon', 'falcon'],
    ["b'a\\xa0falcon'", 'falcon'],
    ['C:\\titan\\x', 'titan'],
    ['C:\\temp\\titan', 'titan'],
    ['\\nightfall', 'nightfall'],
    ['\\n\\nightfall', 'nightfall'],
    ['a\\u00e9falcon \\x41falcon \\u005ffalcon xnfalcon \\falcons \\zfalcon', undefined],
  ])('find a word behind an escape, and one that begins with its letter: %s', (text, word) => {
    const list = ['falcon', 'titan', 'nightfall'];
    for (const match of ['Word', 'Substring'] as const) {
      const detector = words(list, match);
      const expected =
        match === 'Word' && word === undefined
          ? []
          : [...text.matchAll(/falcon|titan|nightfall/g)].map(({ 0: one }) => one);
      expect(found(detector, text)).toEqual(expected);
      for (const size of [1, 2, 3, 7]) expect(grown(detector, text, [size])).toEqual(detector.find(text, 0, true));
    }
  });

  it('find words of scripts without spaces within sentences', () => {
    expect(found(words(['玻璃', 'ネコ']), '我能吞下玻璃而不伤身体 ワルネコ ネコの')).toEqual(['玻璃', 'ネコ']);
  });

  it('fold the words that they look for', () => {
    expect(found(words(['Ｆｏｏ', 'ca\u00adfe\u0301']), 'foo café')).toEqual(['foo', 'café']);
    expect(found(words(['оса']), 'оса oca')).toEqual(['оса', 'oca']);
  });

  it('know which words cannot be looked for', () => {
    expect(canBeFound('\u200b\u00ad')).toBe(false);
    expect(found(words(['\u200b', 'a']), 'a')).toEqual(['a']);
  });

  it('look at each code unit of a nasty text once, and move a bounded number of spans', () => {
    const nested = Array.from({ length: 40 }, (_, i) => 'a'.repeat(i + 1));
    const reads = (length: number) => {
      let count = 0;
      const text = {
        length,
        charCodeAt: () => {
          count += 1;
          return 0x61;
        },
        codePointAt: () => 0x61,
      } as unknown as string;
      const matches = words([...nested, 'b'], 'Substring').find(text, 0, true);
      expect(matches).toHaveLength(Math.ceil(length / 40));
      return count;
    };
    expect(reads(20_000) / reads(10_000)).toBeLessThan(2.01);
  });

  it.each([
    ['nothing of a word', 'some text ', 10],
    ['the beginning of a word', 'see proj', 4],
    ['a beginning within another word', 'see xproj', 9],
    ['a whole word, which may go on', 'see project', 4],
    ['a whole word and its end', 'see project ', 12],
    ['a beginning that has failed', 'see prot', 8],
  ])('hold %s', (_, text, undecided) => {
    expect(words(['project']).undecided(text, 0)).toBe(undecided);
  });

  it('find and hold in one look what they do in two', () => {
    const long = fc.constantFrom(['project titan', 'roadmap', 'a b c d'], ['abcdef', 'abc abc', 'cabbage']);
    const parts = fc.constantFrom('project', 'roadmap', 'titan', 'abc', 'a', 'b', 'c', ' ', '_', '漢', 'cabbage');
    const texts = fc.array(parts, { maxLength: 12 }).map((all) => all.join(''));
    const detectors = fc.oneof(
      patterns.map((all) => detectPatterns(all, true)),
      long.map((all) => words([...all])),
    );
    fc.assert(
      fc.property(detectors, fc.oneof(text, texts), fc.nat(), (detector, text, seed) => {
        const from = seed % (text.length + 1);
        const matches: Match[] = [];
        expect(detector.scan?.(text, from, { numbers: undefined }, matches)).toBe(detector.undecided(text, from));
        expect(matches).toEqual(detector.find(text, from, false));
      }),
    );
  });

  it('hold no finished match of a part of a word', () => {
    expect(words(['ab'], 'Substring').undecided('xab', 0)).toBe(3);
    expect(words(['ab', 'abc'], 'Substring').undecided('xab', 0)).toBe(1);
  });
});

describe('profanity', () => {
  it.each(['What the fuck!', 'Bullshit.', 'motherfucker', 'f\u200buck', 'ＦＵＣＫ'.normalize('NFKC')])(
    'is found: %s',
    (text) => {
      expect(found(profanityDetector(), text.replace('\u200b', ''))).not.toEqual([]);
    },
  );

  it.each([
    'Grapes from Scunthorpe',
    'Mr Dickinson, assorted',
    'assess the class',
    'The analyst drapes',
    'cockpit',
    'a plain sentence about taxes',
  ])('is not in %s', (text) => {
    expect(found(profanityDetector(), text)).toEqual([]);
  });

  it.each(['\\nass', '\\r\\nfucked', 'x\\tshit\\n'])('is found behind an escape: %s', (text) => {
    const whole = profanityDetector().find(text, 0, true);
    expect(whole.map(({ start, end }) => text.slice(start, end))).toEqual([/ass|fucked|shit/.exec(text)?.[0]]);
    for (const size of [1, 2, 3, 7]) expect(grown(profanityDetector(), text, [size])).toEqual(whole);
  });

  it('is found alike in a text that grows', () => {
    const text = 'an analyst said fuck, the grape was class; ass!';
    const whole = profanityDetector().find(text, 0, true);
    for (const size of [1, 2, 3, 7]) expect(grown(profanityDetector(), text, [size])).toEqual(whole);
  });
});
