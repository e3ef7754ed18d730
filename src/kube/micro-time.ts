/** `MicroTime` of the API: RFC 3339 with exactly six digits of a second; three are refused with 400. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
