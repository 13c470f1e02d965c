// A whole stamp for tests that care about some of its fields only.
import type { CaptureStamp } from './captured-message.ts';

export const aStamp = (differing: Partial<CaptureStamp> = {}): CaptureStamp => ({
  corpId: 'ww1',
  seq: '5',
  msgid: 'm5',
  msgtype: 'text',
  publickeyVer: 1,
  capturedAtMs: 1,
  eventTimeMs: 1,
  conversationId: 'direct:a:b',
  conversationKind: 'Direct',
  partition: 1,
  direction: 'Internal',
  sender: { id: 'a', kind: 'Staff', name: 'A', departments: [] },
  recipients: { staff: 1, external: 0, robot: 0, unknown: 0, departments: [] },
  directoryVersion: 1,
  consent: 'NotRequired',
  quarantined: false,
  salt: 'SALT',
  digest: 'sha256:00',
  facts: { version: 0, media: [], pending: [] },
  ...differing,
});
