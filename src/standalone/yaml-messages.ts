import type { ErrorCode, YAMLError } from 'yaml';

/** The parser's own words for these quote the file, and the file may hold secrets. */
const WITHOUT_QUOTES: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'The alias cannot be resolved',
  BAD_COLLECTION_TYPE: 'The tag is not known here',
  BAD_DIRECTIVE: 'The directive is not known',
  BAD_DQ_ESCAPE: 'Invalid escape sequence in a double-quoted value',
  BAD_PROP_ORDER: 'Anchors and tags must come directly before their value',
  BAD_SCALAR_START: 'A plain value cannot start with this character; put the value into quotes',
  RESOURCE_EXHAUSTION: 'The document is nested too deeply',
  TAG_RESOLVE_FAILED: 'The tag is not known here',
  UNEXPECTED_TOKEN: 'Unexpected characters or indentation',
};

/** What is wrong with the YAML, without a piece of it. */
export function describeSyntaxError({ code, message }: YAMLError): string {
  return WITHOUT_QUOTES[code] ?? message;
}

/** What went wrong while a document was turned into values, without a piece of it. */
export function describeReadError(error: unknown): string {
  if (error instanceof RangeError) return 'The document is nested too deeply';
  if (error instanceof ReferenceError) {
    return error.message.startsWith('Excessive') ? 'The document has too many aliases' : 'An alias cannot be resolved';
  }
  return 'The document cannot be read';
}
