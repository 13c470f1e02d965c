// The hostile builds misbehave as their names say: a test that counts faults must be able to trust them.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Behaviour, NAMED_BEHAVIOURS, orderOf } from './behaviours.ts';
import { buildStub, whyNoStub } from './build-stub.ts';
import { type SdkAnswer, type SdkProcess, startSdk } from './call-sdk.testkit.ts';
import { ok, startWire, type Wire } from './wecom-wire.testkit.ts';

const problem = await whyNoStub();
const SECRET = 's-hostile';
const PAGE = '{"errcode":0,"errmsg":"ok","chatdata":[{"seq":1},{"seq":2},{"seq":3}]}';

let wire: Wire | undefined;
let sdk: SdkProcess | undefined;
afterEach(async () => {
  sdk?.kill();
  await wire?.close();
});

/** One page whose answer tells the library what to do. */
async function order(
  behaviour: Behaviour,
): Promise<{ sdk: SdkProcess; answer: Promise<SdkAnswer | undefined> }> {
  wire = await startWire({
    answers: { getchatdata: ok(PAGE.replace('"ok"', JSON.stringify(orderOf(behaviour)))) },
  });
  sdk = await startSdk(await buildStub({ obeys: true }));
  await sdk.call('init', 'ww1', SECRET);
  return { sdk, answer: sdk.call('chat', 0, 10, wire.proxy, '', 5) };
}

it('names exactly what the C sources know', () => {
  const native = fileURLToPath(new URL('native', import.meta.url));
  const sources = readdirSync(native).filter((name) => /^(die|trespass|lie)\.c$/.test(name));
  const known = sources.flatMap((name) =>
    [...readFileSync(join(native, name), 'utf8').matchAll(/\{"([a-z-]+)", \w+\}/g)].map((match) => match[1]),
  );
  expect(readFileSync(join(native, 'again.c'), 'utf8')).toContain('"second-thread"');
  expect([...known, 'second-thread'].sort()).toEqual([...NAMED_BEHAVIOURS].sort());
});

describe.skipIf(problem !== undefined)(`a hostile build (${problem ?? 'OpenSSL found'})`, () => {
  const deadly: readonly [Behaviour, string | number][] = [
    ['segv', 'SIGSEGV'],
    ['abort', 'SIGABRT'],
    ['core', 'SIGSEGV'],
    ['exit', 0],
    ['exit-quietly', 7],
    ['sigpipe', 'SIGPIPE'],
    ['thread-crash', 'SIGSEGV'],
    ['heap-smash', 'SIGABRT'],
  ];
  it.each(deadly)('%s ends the process by %s', async (behaviour, how) => {
    const { sdk } = await order(behaviour);
    const { code, signal } = await sdk.ended;
    expect(signal ?? code).toBe(how);
  });

  it('stack-smash ends the process, one way or another', async () => {
    const { signal } = await (await order('stack-smash')).sdk.ended;
    expect(signal).toMatch(/^SIG(SEGV|ABRT|BUS|ILL)$/);
  });

  it.each(['hang', 'hang-deaf', 'spin'] as const)('%s does not answer', async (behaviour) => {
    const { sdk, answer } = await order(behaviour);
    const stuck = new Promise((resolve) => setTimeout(resolve, 500, 'stuck'));
    expect(await Promise.race([answer, stuck])).toBe('stuck');
    sdk.kill();
    expect((await sdk.ended).signal).toBe('SIGKILL');
  });

  const lies: readonly [Behaviour, Partial<SdkAnswer>][] = [
    ['empty', { code: 0, length: 0 }],
    ['garbage', { code: 0, length: 4096 }],
    ['negative-length', { code: 0, length: -1 }],
    ['code-10001', { code: 10001 }],
    ['code--1', { code: -1 }],
  ];
  it.each(lies)('%s returns %o', async (behaviour, wanted) => {
    expect(await (await order(behaviour)).answer).toMatchObject(wanted);
  });

  it.each(['flip', 'half', 'forge', 'other-json', 'longer', 'read-file'] as const)(
    '%s returns something else than WeCom said',
    async (behaviour) => {
      const answer = await (await order(behaviour)).answer;
      const text = Buffer.from(answer?.hex ?? '', 'hex').toString('latin1');
      expect(text).not.toBe(PAGE.replace('"ok"', JSON.stringify(orderOf(behaviour))));
      expect(text.length).toBe(answer?.length);
    },
  );

  it('goes on when it is told nothing', async () => {
    wire = await startWire({ answers: { getchatdata: ok(PAGE) } });
    sdk = await startSdk(await buildStub({ obeys: true }));
    await sdk.call('init', 'ww1', SECRET);
    expect(await sdk.text('chat', 0, 10, wire.proxy, '', 5)).toBe(PAGE);
  });

  it('second-thread asks for the page once more, while the caller has its answer', async () => {
    const { sdk, answer } = await order('second-thread');
    expect((await answer)?.code).toBe(0);
    const pages = (): number => wire?.requests.filter((text) => text.includes('/getchatdata?')).length ?? 0;
    while (pages() < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    sdk.kill();
  });

  it('chatter tells the secret to whoever listens', async () => {
    const { sdk, answer } = await order('chatter');
    await answer;
    const { stdout, stderr } = await sdk.finish();
    expect(stdout).toContain(SECRET);
    expect(stderr).toContain(SECRET);
  });

  it('call-out carries the secret to a port', async () => {
    const heard = Promise.withResolvers<string>();
    const server = createServer((socket) => socket.once('data', (data) => heard.resolve(data.toString())));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const { answer } = await order(
      `call-out-${typeof address === 'object' && address !== null ? address.port : 0}`,
    );
    expect(await heard.promise).toBe(SECRET);
    expect((await answer)?.code).toBe(0);
    server.close();
  });

  it('write-file leaves the secret behind', async () => {
    const { sdk, answer } = await order('write-file');
    await answer;
    const { left } = await sdk.finish();
    expect(left['menshen-stub-loot']).toBe(SECRET);
    for (const file of ['/tmp/menshen-stub-loot', '/dev/shm/menshen-stub-loot'])
      rmSync(file, { force: true });
  });

  it('a fixed misbehaviour strikes while the library is loaded', async () => {
    sdk = await startSdk(await buildStub({ always: { behaviour: 'segv', at: 'load' } }));
    expect((await sdk.ended).signal).toBe('SIGSEGV');
  });
});
