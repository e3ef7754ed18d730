export { openAI, defaultModels } from './openai/index.ts';
export { UpstreamServer } from './server.ts';
export { scenarioHeader } from './types.ts';
export type { BookedUsage, Exchange, ReceivedRequest, Scenario } from './types.ts';
