/** The text that the upstream "generates". */

/** `count` pieces of generated text, together at least `bytes` long, with characters of one to four bytes. */
export function generate(count: number, bytes = 0): string[] {
  const words = ['Hello', ' world', ' grüße', ' 日本', ' 🚀', ' "quoted"', ' a\nline', ' back\\slash'];
  const pieces = Array.from({ length: count }, (_, index) => words[index % words.length] ?? '');
  const missing = bytes - pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  if (missing > 0) {
    const each = Math.ceil(missing / count);
    return pieces.map((piece) => piece + 'x'.repeat(each));
  }
  return pieces;
}
