export interface ContentType {
  /** `type/subtype`, lower case. */
  readonly essence: string;
  /** What follows the first `;`, trimmed, as it came; empty when nothing does. */
  readonly parameters: string;
}

/** Splits a `content-type` header (RFC 9110 §8.3). A missing header has an empty essence. */
export function parseContentType(header: string | undefined): ContentType {
  if (header === undefined) return { essence: '', parameters: '' };
  const semicolon = header.indexOf(';');
  if (semicolon < 0) return { essence: header.trim().toLowerCase(), parameters: '' };
  return { essence: header.slice(0, semicolon).trim().toLowerCase(), parameters: header.slice(semicolon + 1).trim() };
}

/** `application/json` or a type built on it. */
export function isJSONType(essence: string): boolean {
  return essence === 'application/json' || essence.endsWith('+json');
}

/** Whether every server will read a body of this type as JSON in UTF-8. */
export function isReadableAsJSON(type: ContentType): boolean {
  if (type.essence !== '' && !isJSONType(type.essence)) return false;
  return !/charset/i.test(type.parameters) || /^charset="?utf-?8"?$/i.test(type.parameters);
}
