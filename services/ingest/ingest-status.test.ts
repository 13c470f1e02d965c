import { describe, expect, it } from 'vitest';
import { INGEST_REASONS, IngestStatus } from './ingest-status.ts';

describe('IngestStatus', () => {
  const at = { corpId: 'ww1', instance: 'pod-1', nowMs: 5 };

  it('names the worst of what its parts say, and each in the facts', () => {
    const status = new IngestStatus(() => undefined);
    expect(status.report(at).report).toMatchObject({ reason: 'Verified' });
    status.say('capture', { reason: 'CaughtUp', message: 'all captured' });
    expect(status.report(at)).toMatchObject({
      key: 'ww1.ingest.pod-1',
      report: { reason: 'CaughtUp', message: 'all captured', facts: { captureReason: 'CaughtUp' } },
    });
    status.say('keys', { reason: 'KeyMalformed', message: 'key 2' });
    status.say('source', { reason: 'RejectedByWeCom', message: 'secret' });
    expect(status.report(at).report).toMatchObject({
      reason: 'RejectedByWeCom',
      message: 'secret',
      facts: { captureReason: 'CaughtUp', keysReason: 'KeyMalformed', sourceReason: 'RejectedByWeCom' },
    });
    status.clear('source');
    expect(status.report(at).report.reason).toBe('KeyMalformed');
  });

  it('calls for a report when a reason changes, and not when it is repeated', () => {
    let calls = 0;
    const status = new IngestStatus(() => calls++);
    status.say('capture', { reason: 'CaughtUp', message: 'a' });
    status.say('capture', { reason: 'CaughtUp', message: 'a' });
    expect(calls).toBe(1);
    status.clear('capture');
    status.clear('capture');
    expect(calls).toBe(2);
  });

  it('has a problem only when something does not go on by itself', () => {
    const status = new IngestStatus(() => undefined);
    for (const reason of INGEST_REASONS) {
      status.say('capture', { reason, message: reason });
      const goesOn = ['Lagging', 'CatchingUp', 'CaughtUp', 'Verified'].includes(reason);
      expect(status.problem()).toBe(goesOn ? undefined : reason);
    }
  });
});
