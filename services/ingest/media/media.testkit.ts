// A captured message as media see it: whole, but with nothing in it that they do not read.
import { type CapturedMessage, type CaptureStamp, encodeCaptured } from '@menshen/contracts/captured-message';

export interface CapturedFile {
  readonly stamp?: Partial<CaptureStamp>;
  /** Beside msgid, action, from, tolist and msgtime. */
  readonly message: Readonly<Record<string, unknown>>;
}

export const CAPTURED_AT_MS = 1_764_000_000_000;

export function capturedFile({ stamp = {}, message }: CapturedFile): Buffer {
  const { seq = '1' } = stamp;
  const captured: CapturedMessage = {
    stamp: {
      corpId: 'ww',
      seq,
      msgid: seq,
      msgtype: 'file',
      publickeyVer: 1,
      capturedAtMs: CAPTURED_AT_MS,
      eventTimeMs: CAPTURED_AT_MS - 1000,
      conversationId: 'direct:a:b',
      conversationKind: 'Direct',
      partition: 0,
      direction: 'Internal',
      sender: { id: 'a', kind: 'Staff', name: 'A', departments: [] },
      recipients: { staff: 1, external: 0, robot: 0, unknown: 0, departments: [] },
      directoryVersion: 1,
      consent: 'NotRequired',
      quarantined: false,
      salt: '',
      digest: 'sha256:00',
      facts: { version: 0, media: [], pending: ['media'] },
      ...stamp,
    },
    raw: Buffer.from(
      JSON.stringify({ msgid: seq, action: 'send', from: 'a', tolist: ['b'], msgtime: 1, ...message }),
    ),
    envelope: Buffer.alloc(0),
  };
  return encodeCaptured(captured);
}
