import { describe, expect, it } from 'vitest';
import { describeWork } from './describe-work.ts';
import { CAPTURED_AT_MS as CAPTURED, capturedFile } from './media.testkit.ts';

const DAYS_5 = 5 * 24 * 3_600_000;
const file = { msgtype: 'file', file: { sdkfileid: 'x', md5sum: '', filesize: 70, filename: 'a' } };
const item = (filesize: number) => ({ type: 'image', content: JSON.stringify({ sdkfileid: 'x', filesize }) });

describe('describeWork', () => {
  it.each<[string, object, object, { deadlineMs?: number; sizeBytes?: number }]>([
    ['five days from when it was said', file, {}, { deadlineMs: CAPTURED - 1000 + DAYS_5, sizeBytes: 70 }],
    [
      'from capture when nobody knows when it was said',
      file,
      { eventTimeMs: 0 },
      { deadlineMs: CAPTURED + DAYS_5 },
    ],
    [
      'from capture when the sender is ahead of time',
      file,
      { eventTimeMs: CAPTURED + 9 },
      { deadlineMs: CAPTURED + DAYS_5 },
    ],
    ['all its files', { msgtype: 'mixed', mixed: { item: [item(5), item(6)] } }, {}, { sizeBytes: 11 }],
    [
      'a guess where no size is claimed',
      { msgtype: 'file', file: { sdkfileid: 'x' } },
      {},
      { sizeBytes: 1024 * 1024 },
    ],
    [
      'a guess where the body lies in the store',
      file,
      { body: { objectKey: 'k', sizeBytes: 9 } },
      { sizeBytes: 1024 * 1024 },
    ],
    ['nothing where there is no file', { msgtype: 'mixed', mixed: { item: [] } }, {}, { sizeBytes: 0 }],
  ])('counts %s', (_what, message, stamp, expected) => {
    expect(describeWork(capturedFile({ message: { ...message }, stamp }))).toMatchObject(expected);
  });

  it('lets what cannot be read come at once', () => {
    expect(describeWork(Buffer.from('damaged'))).toEqual({ deadlineMs: 0, sizeBytes: 0 });
  });
});
