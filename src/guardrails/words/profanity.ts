import { englishDataset, type Node, type ParsedPattern, SyntaxKind } from 'obscenity';
import type { Detector } from '../types.ts';
import { foldings, type WordPattern } from './pattern.ts';
import { detectPatterns } from './word-detector.ts';

/** What people write for the letter that a pattern leaves open, always a vowel. */
const STAND_INS = Array.from('aeiou*@#$%!-');

/** What a word of the list may end with. */
const ENDINGS = ['', 's', 'es', 'ed', 'er', 'ers', 'ing', 'y'];

/** Found within longer words, too: no innocent word has them. */
const ANYWHERE = ['fuck', 'bullshit', 'asshole', 'faggot'];

/** Shorter ones are names and abbreviations, too. */
const SHORTEST = 3;

let detector: Detector | undefined;

/**
 * Looks for English profanity: the words of the package `obscenity`, with its innocent ones, in our automaton. The package
 * looks for most of them anywhere; here they are whole words with common endings, so that Dickinson and Scunthorpe may
 * be named. Built once, when the first guardrail asks for it.
 */
export function profanityDetector(): Detector {
  detector ??= detectPatterns(englishProfanity(), false);
  return detector;
}

function englishProfanity(): readonly WordPattern[] {
  const { blacklistedTerms, whitelistedTerms } = englishDataset.build();
  const words = blacklistedTerms.flatMap(({ pattern }) => readings(pattern)).filter((text) => text.length >= SHORTEST);
  const innocent = (whitelistedTerms ?? []).flatMap((term) => foldings(term));
  return [
    ...words.flatMap((word) => ENDINGS.map((ending) => pattern(word + ending, true, false))),
    ...ANYWHERE.map((text) => pattern(text, false, false)),
    ...innocent.map((text) => pattern(text, false, true)),
  ];
}

function pattern(text: string, borders: boolean, exempt: boolean): WordPattern {
  return { text, atBegin: borders, atEnd: borders, exempt };
}

/** A pattern with and without each of its optional letters, with each stand-in for its open ones. */
function readings({ nodes }: ParsedPattern): readonly string[] {
  let texts = [''];
  for (const node of nodes) texts = texts.flatMap((text) => variants(node).map((variant) => text + variant));
  return texts;
}

function variants(node: Node): readonly string[] {
  if (node.kind === SyntaxKind.Literal) return [String.fromCodePoint(...node.chars)];
  if (node.kind === SyntaxKind.Optional) return ['', ...variants(node.childNode)];
  return STAND_INS;
}
