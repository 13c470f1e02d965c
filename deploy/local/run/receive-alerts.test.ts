import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AlertReceiver, receiveAlerts } from './receive-alerts.ts';

let folder: string;
let receiver: AlertReceiver;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-alerts-'));
  receiver = await receiveAlerts({
    signingKey: 'k',
    file: join(folder, 'a.ndjson'),
    clock: { nowMs: () => 1_000_000 },
  });
});
afterEach(async () => {
  await receiver.stop();
  await rm(folder, { recursive: true });
});

async function send(body: string, id: string, { key = 'k', seconds = 1000 } = {}): Promise<number> {
  const mac = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex');
  const headers = { 'idempotency-key': id, 'menshen-signature': `t=${seconds},v1=${mac}` };
  return (await fetch(`http://127.0.0.1:${receiver.port}`, { method: 'POST', body, headers })).status;
}

test('keeps each notice once', async () => {
  expect([await send('{"a":1}', 'n1'), await send('{"a":1}', 'n1'), await send('{"b":2}', 'n2')]).toEqual([
    204, 204, 204,
  ]);
  expect(await readFile(join(folder, 'a.ndjson'), 'utf8')).toBe('{"a":1}\n{"b":2}\n');
});

test.each([
  ['another key', { key: 'other' }],
  ['an old time', { seconds: 100 }],
  ['a time to come', { seconds: 5000 }],
])('refuses a signature by %s', async (_what, by) => {
  expect(await send('{}', 'n1', by)).toBe(401);
  expect(receiver.refused()).toBe(1);
  expect(existsSync(join(folder, 'a.ndjson'))).toBe(false);
});

test('refuses what is not signed', async () => {
  expect((await fetch(`http://127.0.0.1:${receiver.port}`, { method: 'POST', body: '{}' })).status).toBe(401);
});
