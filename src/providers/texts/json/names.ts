/**
 * A member's name as the most lenient server compares it: Go ignores case (by Unicode's simple folding, in which `ſ` is an
 * `s`), Google takes `system_instruction` for `systemInstruction`.
 */
export function foldName(name: string): string {
  return name.toUpperCase().toLowerCase().replaceAll('_', '');
}
