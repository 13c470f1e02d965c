// What is read of a Dockerfile, and that ours is understood whole.
import { readFileSync } from 'node:fs';
import { POD_SECURITY } from '@menshen/operator/tenants/render/pod-security';
import { describe, expect, test } from 'vitest';
import { BASE_CONFIG } from './base-image.ts';
import { ROOT } from './menshen-image.ts';
import { commandsOf, configOf, readDockerfile } from './read-dockerfile.ts';

const last = (text: string) =>
  configOf(readDockerfile(`FROM x\n${text}\n`)[0] ?? { name: '', base: '', instructions: [] }, {
    Env: ['PATH=/bin'],
  });

describe('an instruction of the last stage', () => {
  test.each([
    ['ENV A=1 B="two words"', { Env: ['PATH=/bin', 'A=1', 'B=two words'] }],
    ['ENV A=1\nENV B=2', { Env: ['PATH=/bin', 'A=1', 'B=2'] }],
    ['LABEL a.b="c" \\\n      d=e', { Env: ['PATH=/bin'], Labels: { 'a.b': 'c', d: 'e' } }],
    ['WORKDIR /app', { Env: ['PATH=/bin'], WorkingDir: '/app' }],
    ['USER 1:2', { Env: ['PATH=/bin'], User: '1:2' }],
    ['EXPOSE 1\nEXPOSE 2', { Env: ['PATH=/bin'], ExposedPorts: { '1/tcp': {}, '2/tcp': {} } }],
    ['ENTRYPOINT ["a", "b c"]', { Env: ['PATH=/bin'], Entrypoint: ['a', 'b c'] }],
    ['# COPY a b\nCOPY a b', { Env: ['PATH=/bin'] }],
  ])('%s', (text, config) => {
    expect(last(text)).toEqual(config);
  });

  test('that is not known is refused, not left out', () => {
    expect(() => last('VOLUME /data')).toThrow('VOLUME of the Dockerfile is not understood here');
  });
});

test('stages have names, bases from arguments, and commands in one line', () => {
  const stages = readDockerfile(
    'ARG B=base:1\n\nFROM \x24{B} AS one\nRUN a \\\n && b\n# no\nRUN c\nFROM other\n',
  );
  expect(stages.map(({ name, base }) => [name, base])).toEqual([
    ['one', 'base:1'],
    [undefined, 'other'],
  ]);
  expect(stages.map(commandsOf)).toEqual([['a && b', 'c'], []]);
});

test('our Dockerfile is understood: the image starts the roles as the user of the pods', () => {
  const stages = readDockerfile(readFileSync(`${ROOT}deploy/images/Dockerfile`, 'utf8'));
  expect(stages.map(({ name }) => name)).toEqual(['build', 'modules', undefined]);
  const [build, modules, run] = stages;
  if (build === undefined || modules === undefined || run === undefined) throw new Error('no stages');
  expect(run.base).toBe(`${build.base}-slim`);
  expect(commandsOf(modules)).toHaveLength(1);
  expect(configOf(run, BASE_CONFIG)).toMatchObject({
    User: `${POD_SECURITY.runAsUser}:${POD_SECURITY.runAsGroup}`,
    WorkingDir: '/app',
    Entrypoint: ['node', '/app/services/roles/dist/main.js'],
    Env: [...BASE_CONFIG.Env, 'NODE_ENV=production'],
  });
});
