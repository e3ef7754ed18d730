/** Colour, where a person reads and has not said no to it (https://no-color.org). */
import { styleText } from 'node:util';
import type { CommandIO } from '../../command/io.ts';

/** Of `styleText`: `green`, or several. */
export type Format = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is. */
export type Style = (format: Format, text: string) => string;

/** How to write to one of the two outputs. */
export function styleOf({ env, ...io }: Pick<CommandIO, 'stdout' | 'stderr' | 'env'>, to: 'stdout' | 'stderr'): Style {
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb' || io[to].isTTY !== true;
  return plain ? (_format, text) => text : (format, text) => styleText(format, text, { validateStream: false });
}

// eslint-disable-next-line no-control-regex -- they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** What somebody else said, on one line, without control characters and without those that turn the order of others. */
export function plain(text: string): string {
  return text.replaceAll(UNPRINTABLE, ' ').trim();
}

/** Whether nothing in it is for a terminal. */
export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1;
}

/** Lines of ours, with words of somebody else's among them. */
export function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replaceAll(UNPRINTABLE, ' ').trimEnd())
    .join('\n');
}
