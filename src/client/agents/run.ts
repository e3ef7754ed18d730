/** `tidegate run claude|codex|gemini`: checks the provider, and starts the agent with what it needs. */
import path from 'node:path';
import { CommandError, type CommandIO } from '../../command/io.ts';
import { openSession, type Session } from '../session.ts';
import type { ClientFlags } from '../types.ts';
import { planClaude, type ClaudeFlags } from './claude-plan.ts';
import { findExecutable } from './executable.ts';
import { launch } from './launch.ts';
import { AGENTS, findTarget, warn } from './target.ts';
import { tokenCommand } from './token-command.ts';
import { refreshMilliseconds, validSeconds } from './token-life.ts';
import type { AgentName, LaunchPlan, PlanInput } from './types.ts';

/** What a shell says, too, when there is no such program. */
const NOT_FOUND = 127;
/** A token is refreshed before the start unless it is good for so long. */
const FRESH_MS = 10 * 60 * 1000;

interface RunOptions extends ClientFlags {
  /** `-L`: name of the provider. */
  readonly provider: string;
  /** Those of the agent. */
  readonly arguments: readonly string[];
}

export async function runClaude(options: RunOptions & ClaudeFlags, io: CommandIO): Promise<number> {
  // In passthrough the token cannot be replaced: it had better be a whole one.
  const { file, input } = await prepare('claude', options, io, FRESH_MS);
  const plan = planClaude({ ...input, flags: options });
  return start(file, plan, io);
}

async function start(file: string, plan: LaunchPlan, io: CommandIO): Promise<number> {
  warn(io, plan.warnings);
  return launch({ file, arguments: plan.arguments, env: { ...io.env, ...plan.env } });
}

interface Prepared {
  readonly session: Session;
  /** Of the agent. */
  readonly file: string;
  readonly input: Omit<PlanInput<never>, 'flags'>;
}

/** Everything that can fail before the agent starts does so here, in the order in which a person can mend it. */
async function prepare(agent: AgentName, options: RunOptions, io: CommandIO, freshMs: number): Promise<Prepared> {
  const file = await findExecutable(agent, io.env);
  if (file === undefined) {
    const { title, install } = AGENTS[agent];
    throw new CommandError(`${title} is not installed: there is no "${agent}" on the PATH`, NOT_FOUND, {
      hint: install,
    });
  }
  const session = await openSession(options, io);
  const { gateway, settings, tokens, profile } = session;
  const token = await tokens.token(freshMs);
  const target = await findTarget(gateway, options.provider);
  const now = Date.now();
  const refresh = token === undefined ? 0 : refreshMilliseconds(token, now);
  const ca = options.certificateAuthority ?? profile?.certificateAuthority;
  return {
    session,
    file,
    input: {
      target,
      env: io.env,
      agentArguments: options.arguments,
      token,
      tokenCommand: tokenCommand(self(), options, settings, validSeconds(refresh)),
      certificateAuthority: ca === undefined ? undefined : path.resolve(ca),
      now,
    },
  };
}

/** How this program was started. */
function self(): readonly string[] {
  return [process.execPath, ...process.execArgv, path.resolve(process.argv[1] ?? '')];
}
