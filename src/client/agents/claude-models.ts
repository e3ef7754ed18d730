/** Which models Claude Code works with: the main one, one for each of its aliases, and the small one of the background. */
import { isAllowed, namesOf, withoutContext } from './allowlist.ts';
import { requireModel } from './target.ts';
import type { Target } from './types.ts';

/** Each alias has its variable; the first three are those of every version. */
const TIERS = ['opus', 'sonnet', 'haiku', 'fable'] as const;
type Tier = (typeof TIERS)[number];

/** Aliases that mean a mixture, or what the account has. */
const OTHER_ALIASES = ['default', 'best', 'opusplan'];

export interface ClaudeModels {
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

interface Wanted {
  /** Of `-m`, of `--model` among the agent's own arguments, or of the environment. */
  readonly model: string | undefined;
  /** Of the environment. */
  readonly background: string | undefined;
  readonly isBedrock: boolean;
}

/** Throws a CommandError when the wanted model is not allowed. */
export function claudeModels(target: Target, wanted: Wanted): ClaudeModels {
  const models = target.known?.models ?? [];
  if (models.length === 0) return unlimited(target, wanted);
  const alias = aliasOf(wanted.model);
  if (wanted.model !== undefined && alias === undefined) requireModel(target, wanted.model);
  const warnings: string[] = [];
  const first = firstOf(models, 'sonnet') ?? firstOf(models, 'opus') ?? withoutContext(models[0] ?? '');
  const named = wanted.model !== undefined && alias === undefined ? wanted.model : undefined;
  const main = named ?? (isTier(alias) ? firstOf(models, alias) : undefined) ?? first;
  if (isTier(alias) && firstOf(models, alias) === undefined) requireModel(target, alias);
  if (wanted.model === undefined) warnings.push(`no model is named: "${main}" is used. ${allows(target.name, models)}`);
  const background = backgroundOf(target.name, models, wanted.background, withoutContext(main));
  warnings.push(...background.warnings);
  return {
    env: {
      ANTHROPIC_MODEL: alias === undefined ? main : (wanted.model ?? main),
      ...Object.fromEntries(
        TIERS.map((tier) => [variableOf(tier), firstOf(models, tier) ?? withoutContext(main)] as const),
      ),
      ANTHROPIC_DEFAULT_HAIKU_MODEL: background.model,
      ANTHROPIC_SMALL_FAST_MODEL: background.model,
    },
    warnings,
  };
}

/** Every model is allowed, or nobody can tell. */
function unlimited(target: Target, { model, isBedrock }: Wanted): ClaudeModels {
  return {
    env: model === undefined ? {} : { ANTHROPIC_MODEL: model },
    warnings:
      target.known === undefined && isBedrock
        ? [
            `you may not read the provider "${target.name}", so the models are not checked; ` +
              'ANTHROPIC_DEFAULT_HAIKU_MODEL names the one of the background',
          ]
        : [],
  };
}

function backgroundOf(
  provider: string,
  models: readonly string[],
  wanted: string | undefined,
  main: string,
): { readonly model: string; readonly warnings: readonly string[] } {
  if (wanted !== undefined && isAllowed(models, wanted)) return { model: wanted, warnings: [] };
  const small = firstOf(models, 'haiku');
  const model = small ?? main;
  if (wanted !== undefined) {
    return {
      model,
      warnings: [`the background model "${wanted}" is not allowed: "${model}" is used. ${allows(provider, models)}`],
    };
  }
  if (small !== undefined) return { model, warnings: [] };
  return {
    model,
    warnings: [
      `no small model is allowed: "${model}" does the work of the background, too. ${allows(provider, models)}`,
    ],
  };
}

function allows(provider: string, models: readonly string[]): string {
  return `The provider "${provider}" allows: ${namesOf(models)}`;
}

/** The first one on the list, which is its author's order. */
function firstOf(models: readonly string[], tier: Tier): string | undefined {
  const found = models.find((model) => new RegExp(String.raw`\bclaude\b.*\b${tier}\b`, 'i').test(model));
  return found === undefined ? undefined : withoutContext(found);
}

function aliasOf(model: string | undefined): string | undefined {
  const name = model === undefined ? '' : withoutContext(model).toLowerCase();
  return isTier(name) || OTHER_ALIASES.includes(name) ? name : undefined;
}

function isTier(name: string | undefined): name is Tier {
  return (TIERS as readonly (string | undefined)[]).includes(name);
}

function variableOf(tier: Tier): string {
  return `ANTHROPIC_DEFAULT_${tier.toUpperCase()}_MODEL`;
}
