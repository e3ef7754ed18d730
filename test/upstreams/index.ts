export { anthropic, anthropicModels } from './anthropic/index.ts';
export { google, googleModels } from './google/index.ts';
export { openAI, defaultModels } from './openai/index.ts';
export { UpstreamServer } from './server.ts';
export { scenarioHeader } from './types.ts';
export type { Scenario } from './types.ts';
