import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { Redacted } from '../redacted.ts';
import { createLogger, writeMembers } from './log.ts';

const collect = () => {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
};

describe('the process log', () => {
  test('writes one JSON object a line with level name and RFC 3339 time', () => {
    const { lines, destination } = collect();
    createLogger({ level: 'info', destination }).info({ provider: 'a/b' }, 'Table swapped');
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      provider: 'a/b',
      msg: 'Table swapped',
    });
  });

  test('writes members that are JSON already as it writes others, a child with its own', () => {
    const { lines, destination } = collect();
    const log = createLogger({ level: 'info', destination });
    const members = { text: 'a "quote"\u2028\n', list: [1], nested: { a: null } };
    log.info(members, 'request');
    writeMembers(log, JSON.stringify(members), 'request');
    writeMembers(log.child({ own: 1 }), JSON.stringify(members), 'request');
    const [plain, ready, child] = lines.map((line) => line.replace(/"time":"[^"]*"/, '"time":""'));
    expect(ready).toBe(plain);
    expect(ready?.endsWith('\n')).toBe(true);
    expect(JSON.parse(child ?? '')).toEqual({ ...JSON.parse(plain ?? ''), own: 1 });
  });

  test('shows no secret that is wrapped, at any depth', () => {
    const { lines, destination } = collect();
    createLogger({ level: 'trace', destination }).debug({ entry: { credential: { value: new Redacted('sk-x') } } });
    expect(lines[0]).not.toContain('sk-x');
  });

  test('logs of an error only its class, code, message, stack and causes', () => {
    const { lines, destination } = collect();
    const error = Object.assign(new Error('connect failed', { cause: new Error('ECONNREFUSED') }), {
      code: 'UND_ERR',
      headers: { authorization: 'Bearer sk-x' },
    });
    createLogger({ level: 'info', destination }).error({ err: error });
    const { err } = JSON.parse(lines[0]!);
    expect(Object.keys(err).toSorted()).toEqual(['cause', 'code', 'message', 'stack', 'type']);
    expect(lines[0]).not.toContain('sk-x');
  });

  test.each([
    ['returns', ''],
    ['exits', 'process.exit(0);'],
    ['crashes', "throw new Error('a defect');"],
  ])('loses no line when the process %s', (_how, end) => {
    const program = `
      import { createLogger } from './src/telemetry/log.ts';
      const log = createLogger({ level: 'info' });
      for (let i = 0; i < 500; i += 1) log.info({ i }, 'line');
      setTimeout(() => { log.info('last'); ${end} }, 5);`;
    const { stdout } = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(501);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ msg: 'last' });
  });
});
