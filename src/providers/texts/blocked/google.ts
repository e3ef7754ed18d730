import { elements, indexOf, type JSONObject } from '../stream/json-value.ts';
import { kept } from './kept.ts';

/** `generateContent`. */
export function blockedGemini(original: JSONObject, text: string): JSONObject {
  const known = elements(original['candidates']).map((candidate) => indexOf(candidate));
  const content = { parts: [{ text }], role: 'model' };
  const candidates = (known.length === 0 ? [0] : known).map((index) => ({ content, finishReason: 'SAFETY', index }));
  return { candidates, ...kept(original, 'usageMetadata', 'modelVersion', 'responseId') };
}
