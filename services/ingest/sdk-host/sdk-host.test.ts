// The native host with real libraries inside: what it passes on, what it survives, and what a library cannot reach.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Behaviour, orderOf } from '@menshen/sdk-stub/behaviours';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { EMPTY_PAGE, ok, TOKEN, type WireAnswer } from '@menshen/sdk-stub/wecom-wire.testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { buildSdkHost } from './build-host.mjs';
import { LAYERS, type Layer } from './layers.ts';
import {
  answerOf,
  compileText,
  endOf,
  landlockVersion,
  SECRET,
  startTestHost,
  type TestHost,
  type TestHostOptions,
} from './sdk-host.testkit.ts';
import { restartPauseMs } from './sdk-host.ts';

/** Of the kernel; 0 = none. */
const landlock = await landlockVersion();
const LANDLOCK = landlock === 0 ? 'this kernel has no Landlock' : `Landlock ${landlock}`;

let test: TestHost | undefined;
afterEach(async () => {
  await test?.close();
  test = undefined;
});
const start = async (options?: TestHostOptions): Promise<TestHost> => {
  test = await startTestHost(options);
  return test;
};

describe('passes on what the SDK returns', () => {
  const GATEWAY = 'HTTP/1.0 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<html></html>';
  const CUT = ok('{"errcode":0}').replace('Content-Length: 13', 'Content-Length: 200');

  it.each<[string, WireAnswer, code: number, body: string]>([
    ['a page', ok(EMPTY_PAGE), 0, EMPTY_PAGE],
    ['a page of another size', ok('x'.repeat(3_000_000)), 0, 'x'.repeat(3_000_000)],
    ['an errcode', ok('{"errcode":301042}'), 0, '{"errcode":301042}'],
    ['the page of a gateway', GATEWAY, 0, '<html></html>'],
    ['an empty body', ok(''), 0, ''],
    ['a connection closed without a word', 'CLOSE', 0, ''],
    ['a body cut short', CUT, 10001, ''],
    ['a reset, which is no SIGPIPE here', 'RESET', 10001, ''],
    ['silence, until its own limit', 'SILENCE', 10001, ''],
  ])('%s', async (_what, answer, code, body) => {
    const { wire, pull } = await start();
    wire.answer('getchatdata', answer);
    const given = answerOf(await pull());
    expect(given).toMatchObject({ code, isFinish: true });
    expect(given.data.toString()).toBe(body);
  });

  it.each(['', '[]', '<html></html>'])('dies of a gettoken of "%s" and is replaced', async (body) => {
    const { wire, pull, count } = await start();
    wire.answer('gettoken', ok(body));
    expect(endOf(await pull())).toEqual({ reason: 'Died', detail: 'it was ended by SIGABRT' });
    wire.answer('gettoken', TOKEN);
    expect(answerOf(await pull()).code).toBe(0);
    expect(await count('host_starts_total')).toBe(2);
    expect(await count('host_ends_total', { reason: 'Died' })).toBe(1);
  });

  it('asks for the token once in the life of a handle, and again after renew', async () => {
    const { wire, pull, host } = await start();
    const tokens = (): number => wire.requests.filter((request) => request.includes('/gettoken?')).length;
    await pull();
    await pull();
    expect(tokens()).toBe(1);
    const before = host.pid;
    host.renew();
    await pull();
    expect(tokens()).toBe(2);
    expect(host.pid).toBe(before);
  });

  it('begins a new handle with the secret as it is then', async () => {
    let secret = 'first';
    const { wire, pull, host } = await start({ readSecret: () => Promise.resolve(secret) });
    await pull();
    secret = 'second';
    host.renew();
    await pull();
    const asked = wire.requests.flatMap((request) => /corpsecret=(\w+)/.exec(request)?.[1] ?? []);
    expect(asked).toEqual(['first', 'second']);
  });

  it('an empty secret is what the SDK says of it: 10000', async () => {
    const { pull } = await start({ readSecret: () => Promise.resolve('') });
    expect(await pull()).toEqual({ ok: false, initCode: 10000 });
  });

  it('many calls at once, one after the other', async () => {
    const { pull, host, count } = await start();
    const outcomes = await Promise.all(Array.from({ length: 20 }, pull));
    expect(outcomes.map((outcome) => answerOf(outcome).code)).toEqual(Array(20).fill(0));
    expect(host.load).toBe(0);
    expect(await count('host_starts_total')).toBe(1);
  });
});

describe('survives a hostile library', () => {
  const order = async (behaviour: Behaviour, options: TestHostOptions = {}): Promise<TestHost> => {
    const started = await start({ stub: { obeys: true }, ...options });
    answerOf(await started.pull());
    const page = EMPTY_PAGE.replace('"ok"', JSON.stringify(orderOf(behaviour)));
    started.wire.answer('getchatdata', ok(page));
    return started;
  };
  const isWellAgain = async ({ wire, pull }: TestHost): Promise<void> => {
    wire.answer('getchatdata', ok(EMPTY_PAGE));
    // A thread that the library left behind may strike once more.
    let outcome = await pull();
    for (let tries = 1; tries < 4 && !outcome.ok; tries++) outcome = await pull();
    expect(answerOf(outcome).data.toString()).toBe(EMPTY_PAGE);
  };

  it.each<[Behaviour, RegExp]>([
    ['segv', /SIGSEGV/],
    ['abort', /SIGABRT/],
    ['core', /SIGSEGV/],
    ['exit', /code 0/],
    ['exit-quietly', /code 7/],
    ['heap-smash', /SIG/],
    ['stack-smash', /SIG/],
  ])('that ends the process: %s', async (behaviour, how) => {
    const started = await order(behaviour);
    const end = endOf(await started.pull());
    expect(end.reason).toBe('Died');
    expect(end.detail).toMatch(how);
    await isWellAgain(started);
  });

  it('that takes all the memory: it ends at the limit', async () => {
    const started = await order('balloon', { memoryLimitBytes: 200 * 2 ** 20 });
    const before = started.host.pid;
    await started.pull();
    await isWellAgain(started);
    expect(started.host.pid).not.toBe(before);
  });

  it.each<Behaviour>(['hang', 'hang-deaf', 'spin'])('that never returns: %s', async (behaviour) => {
    const started = await order(behaviour, { timing: { graceMs: 300 } });
    expect(endOf(await started.pull()).reason).toBe('TimedOut');
    await isWellAgain(started);
  });

  it.each<[Behaviour, RegExp]>([
    ['negative-length', /negative length/],
    ['huge-length', /impossible length/],
    ['null-buffer', /no content/],
    ['scribble', /no host sends/],
  ])('that lies about its answer: %s', async (behaviour, says) => {
    const started = await order(behaviour);
    expect(endOf(await started.pull())).toEqual({ reason: 'Garbage', detail: expect.stringMatching(says) });
    await isWellAgain(started);
  });

  it.each<Behaviour>([
    'wild-buffer',
    'close-fds',
    'replace-program',
    'sigpipe',
    'thread-crash',
    'take-signals',
  ])('that does what nobody can rely on: %s', async (behaviour) => {
    const started = await order(behaviour);
    await started.pull();
    await isWellAgain(started);
  });

  it('that crashes while it is loaded: nothing else stops', async () => {
    const { pull } = await start({ stub: { always: { behaviour: 'segv', at: 'load' } } });
    expect(endOf(await pull())).toMatchObject({ reason: 'Died' });
    expect(endOf(await pull())).toMatchObject({ reason: 'Died' });
  });

  it('that hangs while it is loaded', async () => {
    const { pull } = await start({
      stub: { always: { behaviour: 'hang', at: 'load' } },
      timing: { startMs: 200 },
    });
    expect(endOf(await pull())).toMatchObject({ reason: 'TimedOut' });
  });

  it('that dies while nobody asks it anything: the next call has a new one', async () => {
    const { pull, host, count } = await start();
    await pull();
    process.kill(host.pid ?? 0, 'SIGKILL');
    const outcomes = [await pull(), await pull()];
    expect(outcomes.at(-1)?.ok).toBe(true);
    expect(await count('host_ends_total', { reason: 'Died' })).toBe(1);
  });

  it('closing does not wait for a library that hangs', async () => {
    const { pull, host } = await order('hang');
    const pulling = pull();
    await host.close();
    expect(endOf(await pulling).reason).toBe('Closed');
    expect(endOf(await pull()).reason).toBe('Closed');
  });
});

describe('keeps a library from', () => {
  const order = async (behaviour: Behaviour): Promise<TestHost> => {
    const started = await start({ stub: { obeys: true } });
    const page = EMPTY_PAGE.replace('"ok"', JSON.stringify(orderOf(behaviour)));
    started.wire.answer('getchatdata', ok(page));
    return started;
  };

  it.skipIf(landlock < 1)(`reading a file that is not its own (${LANDLOCK})`, async () => {
    const { pull } = await order('read-file');
    expect(answerOf(await pull())).toMatchObject({ code: 0, data: Buffer.alloc(0) });
  });

  it.each<Behaviour>(['write-file', 'run-program', 'listen', 'leave-child', 'threads', 'chatter'])(
    'harm by %s',
    async (behaviour) => {
      const { pull, host } = await order(behaviour);
      expect(answerOf(await pull()).code).toBe(0);
      for (const loot of ['/tmp/menshen-stub-loot', '/dev/shm/menshen-stub-loot', '/menshen-stub-loot'])
        expect(existsSync(loot), loot).toBe(false);
      expect(existsSync('/tmp/menshen-stub-ran')).toBe(false);
      expect(childrenOf(host.pid ?? 0)).toEqual([]);
    },
  );

  it.skipIf(landlock < 4)(`connecting to any port but the relay’s (${LANDLOCK})`, async () => {
    let calls = 0;
    const server = createServer((socket) => {
      calls++;
      socket.end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { pull } = await order(`call-out-${port}`);
    expect(answerOf(await pull()).code).toBe(0);
    // A call of our own comes after any that was made before.
    await new Promise((resolve) => connect(port, '127.0.0.1').once('data', resolve));
    expect(calls).toBe(1);
    server.close();
  });
});

describe('is confined', () => {
  const statusOf = (pid: number): Record<string, string> =>
    Object.fromEntries(
      readFileSync(`/proc/${pid}/status`, 'utf8')
        .split('\n')
        .map((line) => line.split(':').map((part) => part.trim()) as [string, string]),
    );

  it('by every layer that this kernel has, and says which', async () => {
    const { pull, count } = await start();
    await pull();
    const since: Partial<Record<Layer, number>> = { LandlockFiles: 1, LandlockNetwork: 4, LandlockScope: 6 };
    for (const layer of LAYERS) {
      const isThere = landlock >= (since[layer] ?? 0);
      expect(await count('confinement', { layer }), layer).toBe(isThere ? 1 : 0);
    }
  });

  it('as the kernel sees it', async () => {
    const { pull, host } = await start();
    await pull();
    const status = statusOf(host.pid ?? 0);
    expect(status).toMatchObject({ NoNewPrivs: '1', Seccomp: '2', CapEff: '0000000000000000' });
    const limits = readFileSync(`/proc/${host.pid}/limits`, 'utf8');
    expect(limits).toMatch(/Max core file size +0 +0 /);
    expect(limits).toMatch(/Max file size +0 +0 /);
    expect(limits).toMatch(/Max address space +536870912 +536870912 /);
  });

  it('with nothing secret on its command line or in its environment', async () => {
    const { pull, host } = await start();
    await pull();
    expect(readFileSync(`/proc/${host.pid}/cmdline`, 'latin1')).not.toContain(SECRET);
    // Whoever is not root may not even look: the process is not dumpable.
    if (process.getuid?.() !== 0) {
      expect(() => readFileSync(`/proc/${host.pid}/environ`)).toThrow('EACCES');
      return;
    }
    expect(readFileSync(`/proc/${host.pid}/environ`, 'latin1')).toBe('');
    const outputs = [0, 1, 2].map((fd) => readlinkSync(`/proc/${host.pid}/fd/${fd}`));
    expect(outputs).toEqual(['/dev/null', '/dev/null', '/dev/null']);
  });

  it('and does not outlive ingest, even when the library hangs', async () => {
    const stub = await buildStub({ always: { behaviour: 'hang-deaf', at: 'Init' } });
    const parent = spawn(
      process.execPath,
      [
        '--conditions=source',
        fileURLToPath(new URL('orphan.testkit.ts', import.meta.url)),
        await buildSdkHost(),
        stub,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('and ends when nobody asks it for long', async () => {
    const { pull, host, count } = await start({ timing: { idleMs: 1 } });
    await pull();
    const pid = host.pid;
    while (host.pid !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pid).toBeDefined();
    expect(await count('host_ends_total', { reason: 'Idle' })).toBe(1);
    expect(answerOf(await pull()).code).toBe(0);
  });
});

describe('says what is wrong with', () => {
  it.each([
    ['no file', '/nowhere/libWeWorkFinanceSdk_C.so', /cannot open shared object file/],
    ['a file that is no library', import.meta.filename, /invalid ELF header|file too short/],
  ])('%s', async (_what, libraryPath, says) => {
    const { pull } = await start({ libraryPath });
    expect(endOf(await pull())).toEqual({ reason: 'Unusable', detail: expect.stringMatching(says) });
  });
});

it('says which function a library lacks', async () => {
  const libraryPath = await compileText(
    'libother.so',
    'void *NewSdk(void); void *NewSdk(void) { return 0; }',
  );
  const { pull } = await start({ libraryPath });
  expect(endOf(await pull())).toEqual({
    reason: 'Unusable',
    detail: 'the library does not load: the function Init is missing',
  });
});

describe('restartPauseMs', () => {
  const timing = { restartMs: 200, longestRestartMs: 30_000 };
  it.each([
    [0, 0, 100],
    [0, 0.999, 199.9],
    [1, 0, 200],
    [5, 0, 3200],
    [10, 0, 15_000],
    [1000, 0.5, 22_500],
  ])('after %i failures, by chance %f: %f ms', (failures, random, pause) =>
    expect(restartPauseMs(failures, random, timing)).toBeCloseTo(pause),
  );
});

/** A dead process whose parent has not looked yet is dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Process ids of the children. */
function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}
