/** Being built: speaks OpenAI until its own folder is whole. */
import { openAIWire } from '../openai/wire.ts';
import type { Wire } from '../wire.ts';

export const googleWire: Wire = openAIWire;
