/**
 * The head of one `multipart/form-data` part, read by a grammar so narrow that every server reads it alike (RFC 7578).
 * Browsers, curl, and the HTTP libraries of Node, Python, Go and .NET write parts within it.
 */

export interface PartHead {
  readonly name: string;
  /** A part with a file name is a file, whatever its name. */
  readonly isFile: boolean;
  /** Whether the part is plain UTF-8 text as far as its headers say. */
  readonly isPlainText: boolean;
}

const FIELD_NAME = '[A-Za-z0-9_.\\-[\\]]+';
const HEADER = /^([A-Za-z0-9-]+):[ \t]*(.*?)[ \t]*$/;
const DISPOSITION = /^form-data((?:; ?[a-z]+\*?=(?:"[^"]*"|[^";\s]+))+)$/i;
const PARAMETER = /; ?([a-z]+\*?)=("[^"]*"|[^";\s]+)/gi;
const NAME = new RegExp(`^(?:"${FIELD_NAME}"|${FIELD_NAME})$`);
const FILE_NAME = /^(?:"[^"\\]*"|[A-Za-z0-9_.-]+)$/;
const EXTENDED_FILE_NAME = /^utf-8'[A-Za-z-]*'[A-Za-z0-9_.~!$&+^`|%-]*$/i;
const PLAIN_TEXT = /^text\/plain(?:; ?charset="?(?:utf-8|us-ascii)"?)?$/i;

/** Any control character but those that separate lines, which are gone by then. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Reads the header lines of a part, without the empty line that ends them. A string says what is wrong. */
export function parsePartHead(lines: string): PartHead | string {
  const headers = new Map<string, string>();
  for (const line of lines.split('\r\n')) {
    const match = CONTROL.test(line) ? null : HEADER.exec(line);
    if (match === null) return 'a part has a malformed header';
    const [, name = '', value = ''] = match;
    if (headers.has(name.toLowerCase())) return 'a part has the same header twice';
    headers.set(name.toLowerCase(), value);
  }
  const disposition = headers.get('content-disposition');
  if (disposition === undefined) return 'a part has no content-disposition';
  const type = headers.get('content-type');
  if (type !== undefined && /^multipart\//i.test(type)) return 'a part is itself multipart';
  const named = parseDisposition(disposition);
  if (typeof named === 'string') return named;
  const isPlainText = (type === undefined || PLAIN_TEXT.test(type)) && !headers.has('content-transfer-encoding');
  return { ...named, isPlainText };
}

function parseDisposition(value: string): { readonly name: string; readonly isFile: boolean } | string {
  const parameters = new Map<string, string>();
  const list = DISPOSITION.exec(value)?.[1];
  if (list === undefined) return 'a part has a malformed content-disposition';
  for (const [, key = '', text = ''] of list.matchAll(PARAMETER)) {
    if (parameters.has(key.toLowerCase())) return 'a content-disposition has the same parameter twice';
    parameters.set(key.toLowerCase(), text);
  }
  const name = parameters.get('name');
  if (name === undefined || !NAME.test(name)) return 'a part has no name, or one with unusual characters';
  for (const [key, text] of parameters) {
    const valid =
      key === 'name' ||
      (key === 'filename' && FILE_NAME.test(text)) ||
      (key === 'filename*' && EXTENDED_FILE_NAME.test(text));
    if (!valid) return 'a content-disposition has an unusual parameter';
  }
  return { name: name.replaceAll('"', ''), isFile: parameters.has('filename') || parameters.has('filename*') };
}
