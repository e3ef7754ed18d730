/**
 * Coding agents in a terminal, started by `tidegate run`: what somebody sees who starts one for the first time, lets it use
 * a tool, reads the answer as it comes, and leaves.
 */
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { developers } from '../support/cli/access.ts';
import { commandLines, machineWith, processes, putOnPath, sessionHomes } from '../support/cli/agent-machine.ts';
import type { Machine } from '../support/cli/machine.ts';
import { Terminal, tmuxPackage } from '../support/cli/terminal.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { googleProvider, googleSecret } from '../support/gateway/google.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { mainFile } from '../support/gateway/process.ts';
import { ACCESS, AUDIENCE, clientSecret, IdentityProvider, resourceScope } from '../support/oidc/index.ts';
import { anthropic, google, openAI, UpstreamServer } from '../upstreams/index.ts';

const tmux = tmuxPackage();
const packages = {
  claude: agentFrom('@anthropic-ai/claude-code', '2.1.330'),
  codex: agentFrom('@openai/codex', '0.169.0'),
  gemini: agentFrom('@google/gemini-cli', '0.61.0'),
};

/** In the pieces in which it is streamed. */
const ANSWER = ['It is copied.\n\n', ...'abcdefghijklmnop'.split('').map((letter) => `${letter}\n\n`), 'That was all.'];
/** How many frames of a stream come before it stops for a while: the first words of the answer, not the last. */
const HALF = 12;

type Step = readonly [seen: RegExp, ...keys: string[]];

interface Agent {
  readonly name: keyof typeof packages;
  readonly upstream: () => UpstreamServer;
  /** After `tidegate run <name>`. */
  readonly words: string;
  /** What it asks when it runs for the first time, here or at all. */
  readonly firstRun: readonly (readonly [seen: RegExp, key: string])[];
  readonly isReady: RegExp;
  /** A call that it asks its person about. */
  readonly tool: { readonly name: string; readonly toolArguments: object };
  readonly approval: readonly [seen: RegExp, key: string];
  readonly leaving: readonly Step[];
}

const AGENTS: readonly Agent[] = [
  {
    name: 'claude',
    upstream: () => upstreams.claude,
    words: '-L claude -m sonnet -- --permission-mode default',
    firstRun: [
      [/Choose the text style/, 'Enter'],
      [/Press Enter to continue/, 'Enter'],
      [/❯ No, exit/, 'Down'],
      [/❯ Yes, I trust this folder/, 'Enter'],
    ],
    isReady: /for shortcuts/,
    tool: { name: 'Bash', toolArguments: { command: 'cp notes.txt copy.txt', description: 'Copy' } },
    approval: [/❯ 1\. Yes/, 'Enter'],
    leaving: [[/for shortcuts/, '/quit', 'Enter']],
  },
  {
    name: 'codex',
    upstream: () => upstreams.codex,
    words: '-L codex',
    firstRun: [],
    isReady: /Ask Codex/,
    tool: {
      name: 'exec_command',
      toolArguments: {
        cmd: 'cp notes.txt copy.txt',
        sandbox_permissions: 'require_escalated',
        justification: 'May I copy?',
      },
    },
    approval: [/May I copy\?/, 'y'],
    leaving: [[/Ask Codex/, 'C-c']],
  },
  {
    name: 'gemini',
    upstream: () => upstreams.gemini,
    words: '-L gemini',
    firstRun: [],
    isReady: /Type your message/,
    tool: { name: 'run_shell_command', toolArguments: { command: 'cp notes.txt copy.txt', description: 'Copy' } },
    approval: [/1\. Allow once/, 'Enter'],
    leaving: [
      [/Type your message/, 'C-c'],
      [/Press Ctrl\+C again to exit/, 'C-c'],
    ],
  },
];

/** Of Claude Code: what is chosen at its first run goes there, and nothing else. */
const CLAUDE_SETTINGS = '.claude/settings.json';
/** What its person has, and finds again as it was. */
const OWN = {
  '.claude/CLAUDE.md': 'Be brief.',
  '.codex/config.toml': 'model = "own-model"\nmodel_provider = "nowhere"\n',
  '.codex/AGENTS.md': 'Be brief.',
  '.gemini/settings.json': '{ "security": { "auth": { "selectedType": "oauth-personal" } } // mine\n}',
  '.gemini/GEMINI.md': 'Be brief.',
};

let upstreams: Readonly<Record<keyof typeof packages, UpstreamServer>>;
let gateway: StandaloneGateway;
let idp: IdentityProvider;
let machine: Machine;
let own: Readonly<Record<string, string>>;

const isMissing = 'missing' in tmux || Object.values(packages).some((agent) => 'missing' in agent);
const describeTerminal = isMissing ? describe.skip : describe;

describeTerminal('in a terminal', () => {
  beforeAll(async () => {
    const { claude, codex, gemini } = packages;
    if ('missing' in claude || 'missing' in codex || 'missing' in gemini) return;
    idp = await IdentityProvider.start({ audience: AUDIENCE });
    const keys = [upstreamKey];
    upstreams = {
      claude: await UpstreamServer.start({ wire: anthropic(), keys }),
      codex: await UpstreamServer.start({ wire: openAI({ models: [] }), keys }),
      gemini: await UpstreamServer.start({ wire: google({ models: [] }), keys }),
    };
    const models = [{ name: 'claude-sonnet-5' }, { name: 'claude-haiku-4-5-20251001' }];
    gateway = await StandaloneGateway.start({
      manifests: {
        'providers.yaml': [
          anthropicProvider('claude', upstreams.claude.origin, { models }),
          anthropicSecret(),
          provider('codex', upstreams.codex.origin),
          secret('codex'),
          googleProvider('gemini', upstreams.gemini.origin, { models: [{ name: 'gemini-2.5-flash' }] }),
          googleSecret('gemini'),
        ],
        [ACCESS]: developers(),
      },
      config: { authentication: { jwt: [idp.gatewayConfiguration()] } },
    });
    machine = machineWith('claude', claude, 'cli-wrapper.cjs', { TIDEGATE_CLIENT_SECRET: clientSecret });
    delete machine.env['GEMINI_CLI_TRUST_WORKSPACE'];
    putOnPath(machine, 'codex', codex.file('bin/codex.js'));
    putOnPath(machine, 'gemini', gemini.file('bundle/gemini.js'));
    putOnPath(machine, 'tidegate', mainFile());
    // Where Gemini CLI has been before: it starts itself anew when it is told to trust a folder.
    const trusted = JSON.stringify({ [join(machine.home, 'work')]: 'TRUST_FOLDER' });
    own = { ...OWN, '.gemini/trustedFolders.json': trusted };
    for (const [path, content] of Object.entries(own)) machine.write(path, content);
    machine.write(CLAUDE_SETTINGS, '{ "model": "opus" }');
    machine.directory = dirname(machine.write('work/notes.txt', 'The word is heliotrope.\n'));
    const ca = machine.write('idp.pem', idp.ca);
    const signIn = ['login', gateway.url, '--client-id', 'ci', '--client-credentials', '--resource', AUDIENCE];
    const outcome = await machine.run([...signIn, '--scope', resourceScope, '--certificate-authority', ca]);
    expect(outcome).toMatchObject({ status: 0 });
  });

  afterAll(async () => {
    machine[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    for (const upstream of Object.values(upstreams)) await upstream[Symbol.asyncDispose]();
    await idp[Symbol.asyncDispose]();
  });

  test.each(AGENTS)(
    '$name asks, calls a tool, answers as the stream comes, and leaves nothing',
    async (agent) => {
      if ('missing' in tmux) return;
      const { name, words, firstRun, isReady, tool, approval, leaving } = agent;
      const upstream = agent.upstream();
      await using terminal = await Terminal.open(machine, tmux);
      const before = await terminal.state();

      await terminal.types(`tidegate run ${name} ${words}`);
      await terminal.presses('Enter');
      await terminal.until(isReady, firstRun);

      const call = { ...tool, toolArguments: [JSON.stringify(tool.toolArguments)] };
      upstream.always({ says: [[call]] });
      await terminal.types('Copy the notes.');
      await terminal.shows(/Copy the notes\./);
      await terminal.presses('Enter');
      await terminal.shows(approval[0]);
      upstream.always({ says: [[{ text: ANSWER }]], hangAfterFrames: HALF });
      await terminal.answers(...approval);
      // A question may be on the screen before its key is heard: whoever sees it stand there presses again.
      await terminal.until(/It is copied\./, [approval]);
      expect(await terminal.screen()).not.toContain('That was all.');
      expect(machine.read('work/copy.txt')).toBe(machine.read('work/notes.txt'));

      const { stdout: token } = await machine.run(['token']);
      expect(commandLines(machine).join('\n')).not.toContain('eyJ');
      expect(
        machine.filesWith(token.trim()).filter((path) => !path.startsWith('.local/state/tidegate/tokens/')),
      ).toEqual([]);

      upstream.always({});
      upstream.release();
      await terminal.shows(/That was all\./);
      for (const step of leaving) await terminal.answers(...step);
      await terminal.answers(/^ready> *$/m, '/bin/echo "status $?"', 'Enter');
      const [, status] = await terminal.shows(/^status (\d+)$/m);
      expect(status).toBe('0');
      expect(await terminal.state()).toBe(before);
      expect(sessionHomes(machine)).toEqual([]);
      // The shell alone is left: no agent goes on behind its person's back.
      await waitFor('the end of what it started', () =>
        processes(machine).every(({ commandLine }) => /^(tmux|sh) /.test(commandLine)),
      );
      for (const [path, content] of Object.entries(own)) expect(machine.read(path)).toBe(content);
      const { theme: _theme, ...settings } = JSON.parse(machine.read(CLAUDE_SETTINGS)) as Record<string, unknown>;
      expect(settings).toEqual({ model: 'opus' });
      expect(
        Object.keys(machine.modes())
          .filter((path) => path.startsWith('.codex/'))
          .toSorted(),
      ).toEqual(['.codex/AGENTS.md', '.codex/config.toml']);
    },
    240_000,
  );
});
