/** How Codex is started: in a throw-away configuration home, so that the user's own is neither read nor changed. */
import { filled } from '../profiles/paths.ts';
import { modelArgument } from './agent-arguments.ts';
import { namesOf } from './allowlist.ts';
import type { Effort } from './efforts.ts';
import { requireModel, requireType } from './target.ts';
import { endingWarning, refreshMilliseconds } from './token-life.ts';
import { toTOML } from './toml.ts';
import { trusting } from './trust.ts';
import type { LaunchPlan, PlanInput } from './types.ts';

export interface CodexFlags {
  readonly model?: string;
  readonly effort?: Effort;
  /** False: the launch directory is not trusted, and Codex asks. */
  readonly autoTrust?: boolean;
}

export interface CodexInput extends PlanInput<CodexFlags> {
  /** The throw-away configuration home. */
  readonly home: string;
  /** Where it was launched, as the system knows it, without symbolic links. */
  readonly directory: string;
  /** The directory with the user's own configuration home, likewise. */
  readonly userDirectory: string;
}

const PROVIDER = 'tidegate';
/** With the name of OpenAI it would leave compaction to the provider's server. */
const TITLE = 'Tidegate';
/**
 * Without it, Codex in a terminal copies itself into the home and starts a server there that outlives the session: the home
 * would go from under it. A feature, as `codex features list` names them; versions that do not know it do not mind.
 */
const NO_SERVER = 'features.daemon_auto_start=false';
/** A refresh asks the identity provider. */
const TOKEN_TIMEOUT_MS = 30_000;

/** Variables that would keep what belongs into the throw-away home elsewhere, or let somebody else sign in. */
const ELSEWHERE = ['CODEX_SQLITE_HOME', 'CODEX_API_KEY', 'CODEX_ACCESS_TOKEN'];

/** Throws a CommandError when it cannot work like this. */
export function planCodex(input: CodexInput): LaunchPlan {
  const { target, flags, env, agentArguments, token, now, home, directory } = input;
  requireType('codex', target);
  const allowed = target.known?.models ?? [];
  const wanted = modelArgument(agentArguments, ['-m', '--model']) ?? flags.model;
  if (wanted !== undefined) requireModel(target, wanted);
  const model = wanted ?? allowed[0];
  const warnings: string[] = [];
  if (wanted === undefined && model !== undefined) {
    warnings.push(`no model is named: "${model}" is used. The provider "${target.name}" allows: ${namesOf(allowed)}`);
  }
  const why = 'it cannot be refreshed: run "tidegate login" again before';
  const ending = token?.isRefreshable === true ? undefined : endingWarning(token, now, why);
  if (ending !== undefined) warnings.push(ending);
  const isOwn = directory === input.userDirectory;
  if (isOwn && flags.autoTrust !== false) {
    warnings.push(`${directory} is not trusted: your own configuration of Codex would be read as that of a project`);
  }
  return {
    // A project that is trusted has settings, too, but they do not win over the command line.
    arguments: [
      '-c',
      NO_SERVER,
      ...(model === undefined ? [] : ['-c', `model=${JSON.stringify(model)}`]),
      ...agentArguments,
    ],
    env: {
      ...Object.fromEntries(ELSEWHERE.map((name) => [name, undefined])),
      CODEX_HOME: home,
      ...trusting('CODEX_CA_CERTIFICATE', input.certificateAuthority, sslFile(env)),
    },
    files: { 'config.toml': configuration(input, model, flags.autoTrust !== false && !isOwn) },
    warnings,
  };
}

/** Codex reads either variable. */
function sslFile(env: PlanInput<never>['env']): PlanInput<never>['env'] {
  return { CODEX_CA_CERTIFICATE: filled(env['CODEX_CA_CERTIFICATE']) ?? env['SSL_CERT_FILE'] };
}

function configuration(input: CodexInput, model: string | undefined, isTrusted: boolean): string {
  const { target, flags, token, tokenCommand, now, directory } = input;
  const [command = '', ...words] = tokenCommand;
  return toTOML([
    [
      [],
      {
        model,
        model_provider: PROVIDER,
        model_reasoning_effort: flags.effort,
        sandbox_mode: flags.autoTrust === false ? undefined : 'workspace-write',
        check_for_update_on_startup: false,
        // Nothing that is typed stays when the home goes.
        cli_auth_credentials_store: 'file',
      },
    ],
    [['analytics'], { enabled: false }],
    [['history'], { persistence: 'none' }],
    ...(isTrusted ? [[['projects', directory], { trust_level: 'trusted' }] as const] : []),
    [
      ['model_providers', PROVIDER],
      {
        name: TITLE,
        base_url: `${target.url}/v1`,
        wire_api: 'responses',
        requires_openai_auth: false,
        supports_websockets: false,
      },
    ],
    ...(token === undefined
      ? []
      : [
          [
            ['model_providers', PROVIDER, 'auth'],
            {
              command,
              args: words,
              timeout_ms: TOKEN_TIMEOUT_MS,
              refresh_interval_ms: refreshMilliseconds(token, now),
            },
          ] as const,
        ]),
  ]);
}
