/** Agents and editors. */
import { UNUSED_KEY } from '../../unused-key.ts';
import { quoted, shell } from './quote.ts';
import type { Place, Snippet } from './types.ts';

export const claude: Snippet = (place) => {
  const { url, model, passthrough, tokenCommand } = place;
  const own = `export ANTHROPIC_CUSTOM_HEADERS="X-Tidegate-Authorization: Bearer ${token(place)}"`;
  const credential = passthrough
    ? tokenCommand === undefined
      ? '# Claude Code signs in with its own account.'
      : own
    : `export ANTHROPIC_AUTH_TOKEN="${token(place)}"`;
  return `# Claude Code. This does the same, and keeps the token fresh: tidegate run claude -L ${shell(place.provider)}
export ANTHROPIC_BASE_URL=${shell(url)}
${credential}
export ANTHROPIC_MODEL=${shell(model)} ANTHROPIC_DEFAULT_HAIKU_MODEL=${shell(model)}
claude
`;
};

export const claudeOnBedrock: Snippet = (
  place,
) => `# Claude Code. This does the same, and keeps the token fresh: tidegate run claude -L ${shell(place.provider)}
export CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=us-east-1 # the provider decides the region
export ANTHROPIC_BEDROCK_BASE_URL=${shell(place.url)}
export AWS_BEARER_TOKEN_BEDROCK="${token(place)}"
export ANTHROPIC_MODEL=${shell(place.model)} ANTHROPIC_DEFAULT_HAIKU_MODEL=${shell(place.model)}
claude
`;

export const codex: Snippet = (place) => `# ~/.codex/config.toml. Start it so: TIDEGATE_TOKEN="${token(place)}" codex
# This does the same, and keeps the token fresh: tidegate run codex -L ${place.provider}
model = ${quoted(place.model)}
model_provider = "tidegate"

[model_providers.tidegate]
name = "Tidegate"
base_url = ${quoted(`${place.url}/v1`)}
env_key = "TIDEGATE_TOKEN"
wire_api = "responses"
supports_websockets = false
`;

export const gemini: Snippet = (
  place,
) => `# Gemini CLI. This does the same, and keeps the token fresh: tidegate run gemini -L ${shell(place.provider)}
export GOOGLE_GEMINI_BASE_URL=${shell(place.url)}
export GEMINI_API_KEY="${token(place)}"
gemini -m ${shell(place.model)}
`;

/** @param provider how Continue calls the API; `path` is where it expects that API to begin */
export function continueWith(provider: 'openai' | 'anthropic' | 'gemini', path: string): Snippet {
  return (place) => `# ~/.continue/config.yaml. Its key, anew when it has ended:
#   echo "TIDEGATE_TOKEN=${token(place)}" > ~/.continue/.env
name: Tidegate
version: 1.0.0
schema: v1
models:
  - name: ${quoted(`${place.model} by ${place.provider}`)}
    provider: ${provider}
    model: ${quoted(place.model)}
    apiBase: ${quoted(place.url + path)}
    apiKey: "\${{ secrets.TIDEGATE_TOKEN }}"
`;
}

export const cursor: Snippet = (
  place,
) => `# Cursor: Settings, Models, API Keys. Cursor's own servers call the gateway: they must reach it by https.
Override OpenAI Base URL:  ${place.url}/v1
OpenAI API Key:            what this prints, anew when it has ended: ${place.tokenCommand ?? `echo ${UNUSED_KEY}`}
Add model:                 ${place.model}
`;

function token({ tokenCommand }: Place): string {
  return tokenCommand === undefined ? UNUSED_KEY : `$(${tokenCommand})`;
}
