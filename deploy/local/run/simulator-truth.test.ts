// The simulator as a process of its own: what it is told to tell, what it says it told, and messages of one's own put into it.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DemoArguments } from './read-arguments.ts';
import type { PlainMessage } from './read-plain-messages.ts';
import { appendPlainMessages, countGenerated, readTruth, simulatorArguments } from './simulator-truth.ts';
import { type Simulator, startSimulator } from './start-simulator.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const args: DemoArguments = {
  messages: 50,
  rate: 0,
  seed: 1,
  exit: true,
  from: undefined,
  tenant: undefined,
  keep: false,
  data: undefined,
};
let folder: string;
let simulator: Simulator | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-truth-'));
});
afterEach(async () => {
  await simulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(change: Partial<DemoArguments>, plain?: readonly PlainMessage[]): Promise<Simulator> {
  simulator = await startSimulator({
    repository,
    arguments: simulatorArguments({ ...args, ...change }, plain, join(folder, 'state')),
    logFile: join(folder, 'log'),
    onUnexpectedEnd: () => {},
  });
  return simulator;
}

test('tells as many messages as asked for, all at once, with what is planted in them', async () => {
  const running = await start({ messages: 500 });
  expect(await countGenerated(running)).toBe(500);
  const truth = await readTruth(running);
  expect(truth).toHaveLength(500);
  expect(truth.some(({ planted }) => planted.length > 0)).toBe(true);
  expect(Object.keys(running.privateKeyFiles)).toEqual(['1', '2']);
});

test('with a rate, tells them over time', async () => {
  const running = await start({ messages: 100_000, rate: 1 });
  expect(await countGenerated(running)).toBeLessThan(1000);
});

test('takes plain messages and gives them out as WeCom would', async () => {
  const plain: PlainMessage[] = [
    { id: 'm1', from: 'lihua', to: ['wmA'], text: '保本', timeMs: 1764000000001 },
    { id: 'm2', from: 'lihua', to: ['a', 'b'], text: '好', timeMs: 1764000000002 },
  ];
  const running = await start({}, plain);
  await appendPlainMessages(running, plain);
  const truth = await readTruth(running);
  expect(truth.map(({ msgid }) => msgid)).toEqual(['m1', 'm2']);
  const text = JSON.stringify({
    msgid: 'm1',
    action: 'send',
    from: 'lihua',
    tolist: ['wmA'],
    roomid: '',
    msgtime: 1764000000001,
    msgtype: 'text',
    text: { content: '保本' },
  });
  expect(truth[0]).toMatchObject({
    seq: '1',
    sha256: createHash('sha256').update(text).digest('hex'),
    planted: [],
  });
  expect(await countGenerated(running)).toBe(2);
});

test('that cannot start says why', async () => {
  const wrong = {
    repository,
    arguments: ['--colour'],
    logFile: join(folder, 'log'),
    onUnexpectedEnd: () => {},
  };
  await expect(startSimulator(wrong)).rejects.toThrow(
    /ended before it was ready \(exit 2\): Unknown option '--colour'/,
  );
});
