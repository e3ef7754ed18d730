/** The health script for Argo CD, run by a real Lua interpreter on objects as the API server gives them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fengari from 'fengari';
import { parse } from 'yaml';
import { connectControlPlane, describeControlPlane } from '../support/control-plane/index.ts';
import { chart, repository } from './support/helm.ts';

const { lua, lauxlib, lualib } = fengari;

interface Case {
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly health: { readonly status: string; readonly message: string };
}

const script = readFileSync(join(chart, 'files/argocd-health.lua'), 'utf8');
const cases = parse(readFileSync(join(import.meta.dirname, 'testdata/argocd-health.yaml'), 'utf8')) as readonly Case[];

/** A JavaScript value as a Lua literal, as Argo CD turns an object into a table. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return `{${value.map(literal).join(',')}}`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `[${JSON.stringify(key)}]=${literal(member)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

function health(object: unknown): { status: string; message: string } {
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const program = `obj = ${literal(object)}\nlocal function run()\n${script}\nend\nlocal h = run()\nreturn h.status, h.message`;
  if (lauxlib.luaL_dostring(state, fengari.to_luastring(program)) !== lua.LUA_OK)
    throw new Error(lua.lua_tojsstring(state, -1));
  return {
    status: fengari.to_jsstring(lua.lua_tostring(state, -2)),
    message: fengari.to_jsstring(lua.lua_tostring(state, -1)),
  };
}

describeControlPlane('the health script for Argo CD', () => {
  test('calls a provider that was just created Progressing, as the API server gives it', async () => {
    const cluster = connectControlPlane();
    await cluster.installCustomResources(join(repository, 'crds'));
    const namespace = await cluster.createNamespace('argocd');
    await cluster.kubectl('apply', '-n', namespace, '-f', join(repository, 'examples/openai.yaml'));
    const object = await cluster.get('llmprovider', 'openai', '-n', namespace);
    expect(health(object)).toEqual({ status: 'Progressing', message: 'Waiting for the operator' });
  });
});

describe('the health script for Argo CD', () => {
  test.each(cases)('calls $name $health.status', ({ object, health: expected }) => {
    expect(health(object)).toEqual(expected);
  });
});
