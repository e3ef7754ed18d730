/** A story on a person's screen. */
import type { CommandIO } from '../../command/io.ts';
import { plain, styleOf, type Style } from '../output/style.ts';
import type { Mark, Story } from './story.ts';

const MARKS: Readonly<Record<Mark, readonly [text: string, format: Parameters<Style>[0]]>> = {
  Passed: ['ok', 'green'],
  Failed: ['FAIL', 'red'],
  Noted: ['note', 'yellow'],
  Skipped: ['-', 'dim'],
};
const MARK_WIDTH = 6;
const STAGE_WIDTH = 12;
/** Narrower than this a column of words reads worse than lines that the terminal breaks. */
const NARROWEST = 30;

export function showStory(io: CommandIO, story: Story): void {
  const style = styleOf(io, 'stdout');
  const { isFailure, result, request, proxy, startedAt, steps, hint, docs } = story;
  const lines = [
    `${style([isFailure ? 'red' : 'green', 'bold'], plain(result))}  ${plain(request)}`,
    style('dim', plain(`at ${startedAt ?? 'a time that is not told'}, by the proxy ${proxy}`)),
    '',
  ];
  for (const { stage, mark, text } of steps) {
    const [word, format] = MARKS[mark];
    const [first = '', ...rest] = wrapped(plain(text), widthOf(io));
    lines.push(`${style(format, word.padEnd(MARK_WIDTH))}${stage.padEnd(STAGE_WIDTH)}${first}`);
    for (const line of rest) lines.push(' '.repeat(MARK_WIDTH + STAGE_WIDTH) + line);
  }
  if (hint !== undefined || docs !== undefined) lines.push('');
  if (hint !== undefined) lines.push(`hint: ${plain(hint)}`);
  if (docs !== undefined) lines.push(`see:  ${docs}`);
  io.stdout.write(`${lines.join('\n')}\n`);
}

/** Columns for the words of a step; undefined: as many as there are. */
function widthOf({ stdout }: CommandIO): number | undefined {
  if (stdout.isTTY !== true || stdout.columns === undefined) return undefined;
  const width = stdout.columns - MARK_WIDTH - STAGE_WIDTH;
  return width < NARROWEST ? undefined : width;
}

/** Lines of whole words, none longer than `width` unless a word is. */
function wrapped(text: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
