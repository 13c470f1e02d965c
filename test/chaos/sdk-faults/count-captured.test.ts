// The count must be able to find what is wrong: a message that is missing, there twice, of other bytes, or nobody's.
import { type CaptureStamp, encodeCaptured, type MediaFact } from '@menshen/contracts/captured-message';
import { saltedDigest } from '@menshen/contracts/digest';
import { enrichedSubject, messageSubject } from '@menshen/contracts/subjects';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { LoggedMessage } from '@menshen/wecom-simulator/message-log';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { countCaptured } from './count-captured.ts';

let test: TestNats;
let corpId: string;
let corps = 0;
beforeAll(async () => {
  test = await startTestNats();
});
afterAll(() => test.close());
beforeEach(async () => {
  corpId = `wwcount${++corps}`;
  await makeStreams(test.jsm, corpId);
});

const FILE = 'a'.repeat(64);
const sent = (seq: number, media: Record<string, string> = {}): LoggedMessage => ({
  seq,
  msgid: `m${seq}`,
  msgtype: 'text',
  plaintext: `{"n":${seq}}`,
  media,
  planted: [],
  publickeyVer: 1,
  createdAtMs: 1,
});

const nobody = { staff: 0, external: 0, robot: 0, unknown: 0, departments: [] };
const STAMP: CaptureStamp = {
  corpId: '',
  seq: '0',
  msgid: '',
  msgtype: 'text',
  publickeyVer: 1,
  capturedAtMs: 1,
  eventTimeMs: 1,
  conversationId: 'direct:a:b',
  conversationKind: 'Direct',
  partition: 0,
  direction: 'Internal',
  sender: { id: 'a', kind: 'Staff', name: '', departments: [] },
  recipients: nobody,
  directoryVersion: 1,
  consent: 'NotRequired',
  quarantined: false,
  salt: '',
  digest: 'sha256:',
  facts: { version: 0, media: [], pending: [] },
};

async function capture(seq: number, of: { text?: string; file?: string } = {}): Promise<void> {
  const salt = Buffer.alloc(32, seq);
  const raw = Buffer.from(of.text ?? `{"n":${seq}}`);
  const media: MediaFact[] =
    of.file === undefined ? [] : [{ path: 'image', state: 'Stored', sha256: `sha256:${of.file}` }];
  const stamp: CaptureStamp = {
    ...STAMP,
    corpId,
    seq: String(seq),
    msgid: `m${seq}`,
    salt: salt.toString('base64'),
    digest: saltedDigest(salt, raw),
    facts: { version: media.length, media, pending: [] },
  };
  const message = { stamp, raw, envelope: Buffer.alloc(0) };
  const subject = media.length > 0 ? enrichedSubject(corpId, 0) : messageSubject(corpId, 0, 'text');
  await test.js.publish(subject, encodeCaptured(message));
}

const count = (truth: readonly LoggedMessage[]) => countCaptured(test.js, corpId, truth);

it('everything once, with its file', async () => {
  await capture(1);
  await capture(2);
  await capture(2, { file: FILE });
  expect(await count([sent(1), sent(2, { image: FILE })])).toEqual({
    messages: 2,
    lost: 0,
    doubled: 0,
    forged: 0,
    deadLetters: 0,
    files: 1,
    filesMissing: 0,
  });
});

it('a message that is missing', async () => {
  await capture(1);
  expect(await count([sent(1), sent(2)])).toMatchObject({ lost: 1, doubled: 0 });
});

it('a message that is there twice', async () => {
  await capture(1);
  await capture(1);
  expect(await count([sent(1)])).toMatchObject({ lost: 0, doubled: 1 });
});

it('a message of other bytes is forged, and the true one lost', async () => {
  await capture(1, { text: '{"n":2}' });
  expect(await count([sent(1)])).toMatchObject({ lost: 1, forged: 1 });
});

it('a message that nobody sent', async () => {
  await capture(1);
  await capture(7);
  expect(await count([sent(1)])).toMatchObject({ lost: 0, forged: 1 });
});

it('a file that is not there, and one of other bytes', async () => {
  await capture(1);
  await capture(2);
  await capture(2, { file: 'b'.repeat(64) });
  expect(await count([sent(1, { image: FILE }), sent(2, { image: FILE })])).toMatchObject({
    files: 2,
    filesMissing: 2,
  });
});
