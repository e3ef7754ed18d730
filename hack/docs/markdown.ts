/** Just enough of Markdown to check the documentation: links, anchors, code. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const repository = join(import.meta.dirname, '../..');

/** Text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** Folders whose files are not ours. */
const foreign = new Set(['node_modules', 'dist', 'coverage', 'results']);

/** Every Markdown file of the repository, by its path. */
export function markdownFiles(folder = ''): readonly string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && !foreign.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return markdownFiles(path);
      return entry.name.endsWith('.md') ? [path] : [];
    })
    .toSorted();
}

/** A link that a page has. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** Links and images outside of code, with their line. */
export function linksOf(text: string): readonly Link[] {
  return withoutCode(text)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/\[(?:[^\][]|\[[^\]]*\])*\]\(([^()\s]+)\)/g)].map((match) => ({
        target: match[1] ?? '',
        line: index + 1,
      })),
    );
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutFences(text).matchAll(/^#{1,6} +(.*?) *$/gm)) {
    const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** A fenced code block. */
export interface CodeBlock {
  /** Empty when none is named. */
  readonly language: string;
  readonly code: string;
}

/** Fenced code blocks, in order. */
export function allCodeBlocks(text: string): readonly CodeBlock[] {
  return [...text.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}

/** Fenced code blocks of a language, in order. */
export function codeBlocks(text: string, language: string): readonly string[] {
  return allCodeBlocks(text)
    .filter((block) => block.language === language)
    .map((block) => block.code);
}

/** Rows of the first table behind a heading, cell by cell, without its head. Escaped bars are not known here. */
export function tableUnder(text: string, heading: string): readonly (readonly string[])[] {
  const section = text.split(/^(?=#{1,6} )/m).find((part) => part.split('\n', 1)[0]?.replace(/^#+ +/, '') === heading);
  const rows = (section ?? '').split('\n\n').find((paragraph) => paragraph.startsWith('| ')) ?? '';
  return rows
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, (block) => block.replaceAll(/[^\n]/g, ' '));
}

function withoutCode(text: string): string {
  return withoutFences(text).replaceAll(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
}
