/** Ready-made configuration, by the API that a provider speaks and the tool that is to speak it. */
import type { ProviderType } from '../../../api/generated/llmprovider.ts';
import { CURL } from './curl.ts';
import { anthropicNode, awsNode, googleNode, openAINode } from './node.ts';
import { anthropicPython, awsPython, googlePython, openAIPython } from './python.ts';
import { claude, claudeOnBedrock, codex, continueWith, cursor, gemini } from './tools.ts';
import type { ClientName, Snippet } from './types.ts';

export type { ClientName } from './types.ts';

type Snippets = Readonly<Partial<Record<ClientName, Snippet>>>;

const OPENAI: Snippets = {
  python: openAIPython,
  node: openAINode,
  codex,
  continue: continueWith('openai', '/v1'),
  cursor,
};

/** What fits a type; the first is shown when nothing else is asked for. */
export const SNIPPETS: Readonly<Record<ProviderType, Snippets>> = {
  OpenAI: { curl: CURL.OpenAI, ...OPENAI },
  OpenAICompatible: { curl: CURL.OpenAICompatible, ...OPENAI },
  Anthropic: {
    curl: CURL.Anthropic,
    python: anthropicPython,
    node: anthropicNode,
    claude,
    continue: continueWith('anthropic', '/v1'),
  },
  GoogleAI: {
    curl: CURL.GoogleAI,
    python: googlePython,
    node: googleNode,
    gemini,
    continue: continueWith('gemini', '/v1beta/'),
  },
  Bedrock: { curl: CURL.Bedrock, 'aws-python': awsPython, 'aws-node': awsNode, claude: claudeOnBedrock },
};
