// What is known to be missing from the record, or might be: one gap, from when it was noticed until it ended.
// A gap is told again under the same id whenever something about it changes; the newest record of an id counts.
import type { Decimal } from './decimal.ts';

/**
 * NotPullable: pulling failed for longer than the idle bound · LicenceExpired: WeCom says that the archive licence has lapsed (301052) ·
 * NotRunning: no page was committed although one is due at least every half hour: ingest or the stream was down ·
 * WindowPassed: messages fell out of the five days that WeCom keeps · SequenceSkipped: WeCom left numbers out ·
 * PermitMissing: a member without a seat in force · MemberHidden: a member whom the contacts interface does not name ·
 * ConsentMissing, ConsentWithdrawn: an external contact never said, or no longer says, that archiving is agreed to ·
 * RoomUnresolved: WeCom tells the members of this group in neither interface ·
 * MediaExpired, MediaFailed: a file that is gone, or could not be fetched; told with its message, not on a manifest.
 */
export const GAP_CAUSES = [
  'NotPullable',
  'LicenceExpired',
  'NotRunning',
  'WindowPassed',
  'SequenceSkipped',
  'PermitMissing',
  'MemberHidden',
  'ConsentMissing',
  'ConsentWithdrawn',
  'RoomUnresolved',
  'MediaExpired',
  'MediaFailed',
] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

/**
 * Open: it goes on. Recovered: it ended, and all that WeCom held of it was captured later, inside the window. Lost: it ended, and content of
 * it is gone for certain. Ended: it ended, and whether anything was lost cannot be known.
 */
export type GapState = 'Open' | 'Recovered' | 'Lost' | 'Ended';

export interface GapSubject {
  readonly kind: 'Corp' | 'Member' | 'ExternalContact' | 'Room' | 'Medium';
  /** corpId, userid, external_userid, roomid, or `<seq>/<path>` of a medium. */
  readonly id: string;
  /** Where it counts: of a consent the member or the room, of a medium the msgid; empty for the others. */
  readonly place: string;
}

export interface CoverageGap {
  /** The same gap, the same id, whenever and by whatever process it is told. */
  readonly id: string;
  readonly cause: GapCause;
  readonly state: GapState;
  readonly subject: GapSubject;
  /** Absent: it was there when it was first looked for, and nobody knows since when. */
  readonly fromMs?: number;
  /** Absent while it goes on. */
  readonly toMs?: number;
  /** Numbers that the gap is made of, both inclusive; for WindowPassed and SequenceSkipped only. */
  readonly fromSeq?: Decimal;
  readonly toSeq?: Decimal;
  /** When it was noticed first. */
  readonly detectedAtMs: number;
  /** How it is known: answers to pulls, the list of permits, the contacts interface, consent, a message, a download. */
  readonly source: 'Pull' | 'Chain' | 'Permits' | 'Contacts' | 'Consents' | 'Groups' | 'Message' | 'Media';
  /** For people, without content. */
  readonly detail: string;
}
