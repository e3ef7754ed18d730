/**
 * The path of a request as it is told. What callers put into paths may be a key, a token or somebody's data: only what is
 * made like the words of API paths is told, letters alone, and every other segment (ids, keys, most names) is `*`. A list of
 * the words that there are would hide the misspelt one, which a record is read for.
 */

/** Characters that are looked at and told. */
const MAX_CHARACTERS = 300;

/** Characters of a segment that is a word. */
const MAX_WORD_CHARACTERS = 32;

/** `v1`, `v1beta`; `chat`, `count_tokens`, `invoke-with-response-stream`; `cachedContents`. Nothing random is made like that. */
const WORD = /^(?:v\d(?:(?:alpha|beta)\d?)?|[a-z]{1,16}(?:[-_][a-z]{1,16}|[A-Z][a-z]{2,15})*)$/;

/** A method of Google's behind a name: `:generateContent`. */
const METHOD = /:[a-z]{1,16}(?:[A-Z][a-z]{2,15}){0,4}$/;

/**
 * @param target as the client sent it; its query is left out
 * @param kept characters of its beginning that are told as they are: names that the gateway itself gives meaning to
 */
export function shownPath(target: string, kept: number): string {
  const mark = target.indexOf('?');
  const end = Math.min(mark === -1 ? target.length : mark, MAX_CHARACTERS);
  let shown = target.slice(0, Math.min(kept, end));
  let from = shown.length;
  while (from < end) {
    if (target.charCodeAt(from) === 0x2f) {
      shown += '/';
      from += 1;
      continue;
    }
    const slash = target.indexOf('/', from);
    const to = slash === -1 || slash > end ? end : slash;
    // The beginning of something longer may look like a word.
    const isCut = to === MAX_CHARACTERS && to < target.length && !'/?'.includes(target[to] ?? '');
    shown += isCut ? '*' : shownSegment(target.slice(from, to));
    from = to;
  }
  return shown;
}

function shownSegment(segment: string): string {
  if (segment.length <= MAX_WORD_CHARACTERS && WORD.test(segment)) return segment;
  return `*${METHOD.exec(segment)?.[0] ?? ''}`;
}
