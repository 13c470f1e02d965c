// Events of the outcome stream as a segment keeps them: the payload as it was published.
import { findingSubject, noticeSubject } from '@menshen/contracts/subjects';
import { SegmentDamaged, type SegmentEvent } from '../segments/segment-format.ts';
import type { StreamEvent } from '../segments/to-segment-event.ts';

export function toOutcomeSegmentEvent(corpId: string, event: StreamEvent): SegmentEvent {
  const { sequence, subject, data } = event;
  const of = { streamSequence: sequence, seq: '0', salt: '' };
  if (subject === findingSubject(corpId)) return { ...of, kind: 'judgements', parts: [data] };
  if (subject === noticeSubject(corpId)) return { ...of, kind: 'notice', parts: [data] };
  return { ...of, kind: 'unreadable', parts: [Buffer.from(subject), data] };
}

/** Inverse of {@link toOutcomeSegmentEvent}. Throws `SegmentDamaged` on an event of another stream. */
export function fromOutcomeSegmentEvent(corpId: string, event: SegmentEvent): StreamEvent {
  const { kind, streamSequence: sequence, parts } = event;
  const [first, second] = parts;
  if (first === undefined) throw new SegmentDamaged(`event ${sequence} has no parts`);
  switch (kind) {
    case 'judgements':
      return { sequence, subject: findingSubject(corpId), data: first };
    case 'notice':
      return { sequence, subject: noticeSubject(corpId), data: first };
    case 'unreadable':
      return { sequence, subject: Buffer.from(first).toString('utf8'), data: second ?? Buffer.alloc(0) };
    default:
      throw new SegmentDamaged(`event ${sequence} is a ${kind}, not of the outcome stream`);
  }
}
