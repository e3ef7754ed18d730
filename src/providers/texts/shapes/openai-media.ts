/** Texts of OpenAI's other calls. Source: the OpenAI API reference. */
import { either, list, object, refuse, type Shape, text } from '../json/shape.ts';
import { tokens } from './common.ts';

/** `POST embeddings` and `POST moderations`, whose input may be parts, too. */
export const inputRequest: Shape = object({
  input: either(text('User'), list(either(text('User'), tokens, object({ text: text('User') })))),
});

/** `POST images/generations` in JSON. */
export const imageRequest: Shape = object({ prompt: text('User') });

export const imageAnswer: Shape = object({ data: list(object({ revised_prompt: text('Assistant') })) });

/** `POST audio/speech`. */
export const speechRequest: Shape = object({ input: text('User'), instructions: text('System') });

const pieces = refuse('repeats its text word by word, which no guardrail can judge: ask for json', 'object', 'number');

/** `POST audio/transcriptions` and `audio/translations`; the verbose form repeats the text as words and tokens. */
export const transcriptAnswer: Shape = object({
  text: text('Assistant'),
  segments: list(object({ text: text('Assistant'), tokens: list(pieces) })),
  words: list(pieces),
  logprobs: list(pieces),
});
