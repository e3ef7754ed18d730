/**
 * Which request targets are forwarded at all. A path means the same to the gateway and to every upstream, or it is
 * refused: what one side decodes, normalises or splits and the other does not is how allowlists are passed.
 */
import { isUtf8 } from 'node:buffer';

/** A path is decoded so often to see what hides in it. Names that are encoded need one round, rarely two. */
const MAX_ROUNDS = 4;

/** Why `path` is refused, for the caller; undefined when it is harmless. */
export function pathProblem(path: string): string | undefined {
  const problem = rawProblem(path, 'path');
  if (problem !== undefined) return problem;
  // Nearly every path has no dot segment, no escape and no backslash: one look decides.
  if (!path.includes('%') && !path.includes('.') && !path.includes('\\')) return undefined;
  let text = path;
  for (let round = 0; text.includes('%'); round += 1) {
    const next = decodeOnce(text);
    if (next === undefined) {
      if (round === 0) return 'the path has a malformed percent-encoding';
      break;
    }
    if (round === MAX_ROUNDS) return 'the path is percent-encoded too often';
    text = next;
  }
  return decodedProblem(text);
}

/** The same for a query, which is data: only what no HTTP message may hold is refused. */
export function queryProblem(query: string): string | undefined {
  return rawProblem(query, 'query');
}

function rawProblem(text: string, part: string): string | undefined {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f) return `the ${part} has a control character or space`;
    if (code > 0x7f) return `the ${part} has a character that must be percent-encoded`;
    if (code === 0x23) return `the ${part} has a fragment`;
  }
  return undefined;
}

/** Byte-wise, as latin1. Undefined: not an encoding. */
function decodeOnce(text: string): string | undefined {
  let result = '';
  let from = 0;
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', from)) {
    const value = hexPair(text, at + 1);
    if (value === undefined) return undefined;
    result += text.slice(from, at) + String.fromCharCode(value);
    from = at + 3;
  }
  return result + text.slice(from);
}

function hexPair(text: string, at: number): number | undefined {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}

function decodedProblem(text: string): string | undefined {
  let ascii = true;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return 'the path has an encoded control character';
    if (code === 0x5c) return 'the path has a backslash';
    if (code > 0x7f) ascii = false;
  }
  // Overlong forms above all (`%c0%ae`), which lenient decoders take for a dot.
  if (!ascii && !isUtf8(Buffer.from(text, 'latin1'))) return 'the path is percent-encoded, but not as UTF-8';
  for (const segment of text.split('/')) {
    // Some servers cut path parameters off (`..;x`) before they resolve dot segments.
    const semicolon = segment.indexOf(';');
    const name = semicolon === -1 ? segment : segment.slice(0, semicolon);
    if (name === '.' || name === '..') return 'the path has a dot segment';
  }
  return undefined;
}
