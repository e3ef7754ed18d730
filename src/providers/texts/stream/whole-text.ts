/** Texts that are judged whole. */
import { readTexts } from '../json/reader.ts';
import { anyText } from '../json/shape.ts';
import { StringText } from '../json/string-text.ts';
import type { TextEdit } from '../types.ts';
import { spliced } from './edited-json.ts';
import type { TextJudge, TextOrigin } from './judge.ts';

/** How `text` may go out. Of arguments each string in their JSON is a text; if they are no JSON, they are one. */
export function judgeWhole(judge: Pick<TextJudge, 'whole'>, text: string, origin: TextOrigin): string {
  if (origin.kind !== 'Arguments') return edited(text, judge.whole(text, origin));
  const document = Buffer.from(text);
  const reading = readTexts(document, anyText(origin.scope), 'a text');
  if (reading.kind === 'Unreadable') {
    const broken = StringText.ofBroken(document);
    if (broken === undefined) return edited(text, judge.whole(text, origin));
    return spliced(document, broken.splice(judge.whole(broken.text, origin))).toString();
  }
  const splices = reading.texts.flatMap((found) => {
    const edits = judge.whole(found.text, origin);
    return edits.length === 0 ? [] : found.splice(edits);
  });
  return splices.length === 0 ? text : spliced(document, splices).toString();
}

function edited(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let from = 0;
  for (const { start, end, replacement } of edits) {
    result += text.slice(from, start) + replacement;
    from = end;
  }
  return result + text.slice(from);
}
