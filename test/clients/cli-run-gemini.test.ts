/** Gemini CLI itself, started by `tidegate run gemini`: past its user's own sign-in, which stays as it is. */
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { machineWith, sessionHomes } from '../support/cli/agent-machine.ts';
import type { Machine } from '../support/cli/machine.ts';
import { googleProvider, googleSecret } from '../support/gateway/google.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { GREETING } from '../support/oidc/index.ts';
import { google, UpstreamServer } from '../upstreams/index.ts';

const agent = agentFrom('@google/gemini-cli', '0.61.0');
const describeAgent = 'missing' in agent ? describe.skip : describe;

const model = 'gemini-2.5-flash';
const OWN = '{ "security": { "auth": { "selectedType": "oauth-personal" } } // mine\n}';

describeAgent('tidegate run gemini', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let machine: Machine;

  beforeAll(async () => {
    if ('missing' in agent) return;
    upstream = await UpstreamServer.start({ wire: google({ models: [] }), keys: [upstreamKey] });
    gateway = await StandaloneGateway.start({
      manifests: {
        'gemini.yaml': [
          googleProvider('gemini', upstream.origin, { models: [{ name: model }] }),
          googleSecret('gemini'),
        ],
      },
    });
    machine = machineWith('gemini', agent, 'bundle/gemini.js', { TIDEGATE_URL: gateway.url });
    machine.write('.gemini/settings.json', OWN);
    machine.write('.gemini/GEMINI.md', 'The word is heliotrope.');
    machine.directory = dirname(machine.write('work/notes.txt', ''));
  });

  afterAll(async () => {
    machine[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test("answers with the gateway's key, knows what its user has told it, and leaves the settings alone", async () => {
    const outcome = await machine.run(['run', 'gemini', '-L', 'gemini', '--', '-p', 'Say hello.'], {
      env: { TIDEGATE_TOKEN: 'token-of-the-caller', GOOGLE_GENAI_USE_VERTEXAI: 'true' },
    });
    expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining(GREETING) });
    expect(outcome.stderr).toContain(`warning: no model is named: "${model}" is used.`);
    const question = upstream.exchanges.find(({ request }) =>
      request.target.includes(`${model}:streamGenerateContent`),
    );
    expect(question?.request.header('x-goog-api-key')).toBe(upstreamKey);
    expect(question?.request.body.toString()).toContain('heliotrope');
    expect(machine.read('.gemini/settings.json')).toBe(OWN);
    expect(machine.filesWith('token-of-the-caller')).toEqual([]);
    expect(sessionHomes(machine)).toEqual([]);
  });

  test('a model that is not allowed is refused before it starts', async () => {
    const outcome = await machine.run(['run', 'gemini', '-L', 'gemini', '--', '-m', 'gemini-2.5-pro', '-p', 'x']);
    expect(outcome).toMatchObject({ status: 2, stderr: expect.stringContaining(`hint: it allows: ${model}\n`) });
  });
});
