/** `tidegate run claude|codex|gemini`: checks the provider, and starts the agent with what it needs. */
import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { CommandError, type CommandIO } from '../../command/io.ts';
import { filled } from '../profiles/paths.ts';
import { openSession } from '../session.ts';
import type { ClientFlags } from '../types.ts';
import { planClaude, type ClaudeFlags } from './claude-plan.ts';
import { hasSettingsFile } from './claude-settings.ts';
import { planCodex, type CodexFlags } from './codex-plan.ts';
import { findExecutable } from './executable.ts';
import { shareGeminiFolder } from './gemini-home.ts';
import { FOLDER, geminiFolder, planGemini, SETTINGS, type GeminiFlags, type SettingsFile } from './gemini-plan.ts';
import { launch } from './launch.ts';
import { SessionHome } from './session-home.ts';
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
  const { file, input } = await prepare('claude', options, io);
  if (hasSettingsFile(options.arguments)) {
    return inHome('claude', file, io, (home) => planClaude({ ...input, flags: options, home }));
  }
  const plan = planClaude({ ...input, flags: options });
  warn(io, plan.warnings);
  return launch({ file, arguments: plan.arguments, env: { ...io.env, ...plan.env } });
}

export async function runCodex(options: RunOptions & CodexFlags, io: CommandIO): Promise<number> {
  const { file, input } = await prepare('codex', options, io);
  const directory = await realpath(process.cwd());
  const user = filled(io.env['HOME']) ?? homedir();
  const userDirectory = await realpath(user).catch(() => user);
  return inHome('codex', file, io, (home) => planCodex({ ...input, flags: options, home, directory, userDirectory }));
}

export async function runGemini(options: RunOptions & GeminiFlags, io: CommandIO): Promise<number> {
  const { file, input } = await prepare('gemini', options, io);
  const own = geminiFolder(io.env);
  const settings = await settingsFile(own);
  const workspace = await settingsFile(path.resolve(FOLDER));
  return inHome('gemini', file, io, (home) => {
    const plan = planGemini({ ...input, flags: options, home, settings, workspace });
    shareGeminiFolder(home, own);
    return plan;
  });
}

async function inHome(
  agent: AgentName,
  file: string,
  io: CommandIO,
  planFor: (home: string) => LaunchPlan,
): Promise<number> {
  const home = SessionHome.create(agent, io.env);
  try {
    const plan = planFor(home.directory);
    for (const [name, content] of Object.entries(plan.files ?? {})) home.write(name, content);
    warn(io, plan.warnings);
    return await launch({
      file,
      arguments: plan.arguments,
      env: { ...io.env, ...plan.env },
      onStart: (pid) => home.addOwner(pid),
    });
  } finally {
    home.remove();
  }
}

async function settingsFile(folder: string): Promise<SettingsFile> {
  const file = path.join(folder, SETTINGS);
  return { file, content: await contentOf(file) };
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

interface Prepared {
  /** Of the agent. */
  readonly file: string;
  readonly input: Omit<PlanInput<never>, 'flags'>;
}

/** Everything that can fail before the agent starts does so here, in the order in which a person can mend it. */
async function prepare(agent: AgentName, options: RunOptions, io: CommandIO): Promise<Prepared> {
  const file = await findExecutable(agent, io.env);
  if (file === undefined) {
    const { title, install } = AGENTS[agent];
    throw new CommandError(`${title} is not installed: there is no "${agent}" on the PATH`, NOT_FOUND, {
      hint: install,
    });
  }
  const { gateway, settings, tokens, profile } = await openSession(options, io);
  const token = await tokens.token(FRESH_MS);
  const target = await findTarget(gateway, options.provider);
  const now = Date.now();
  const refresh = token === undefined ? 0 : refreshMilliseconds(token, now);
  const ca = options.certificateAuthority ?? profile?.certificateAuthority;
  return {
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
