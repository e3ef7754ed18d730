import type { ProviderType } from '../table/types.ts';
import { anthropicWire } from './anthropic/wire.ts';
import { bedrockWire } from './bedrock/wire.ts';
import { googleWire } from './google/wire.ts';
import { openAIWire } from './openai/wire.ts';
import type { Wire } from './wire.ts';

const wires: Readonly<Record<ProviderType, Wire>> = {
  OpenAI: openAIWire,
  Anthropic: anthropicWire,
  GoogleAI: googleWire,
  Bedrock: bedrockWire,
  OpenAICompatible: openAIWire,
};

/** The wire that speaks the protocol of a provider type. */
export function wireFor(type: ProviderType): Wire {
  return wires[type];
}
