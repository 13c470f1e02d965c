// What the archive says about a period, before anything is concluded from it.
import type { CoverageGap } from '@menshen/contracts/coverage-gap';

/** UTC ms, the end exclusive. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Numbers of the directory as it was known at the end of the period. */
export interface Population {
  /** Members whom the contacts interface names; 0 when it was never read. */
  readonly members: number;
  readonly seats: number;
  readonly membersWithSeat: number;
  /** Contacts that conversations and groups have named: WeCom has no list of all of them that capture reads. */
  readonly externalContacts: number;
  readonly consentsAgreed: number;
  readonly consentsDisagreed: number;
  readonly consentsUnknown: number;
  readonly rooms: number;
  readonly roomsUnresolved: number;
}

export interface CoverageFacts {
  readonly population: Population;
  /** When the first page was committed; `undefined` when there is none. */
  readonly firstPageAtMs: number | undefined;
  /** Everything that WeCom archived before this moment is captured; `undefined` when nothing was ever pulled. */
  readonly coveredUntilMs: number | undefined;
  /** By the time they were sent. */
  readonly messages: number;
  readonly conversations: number;
  /** The same bytes under another number. */
  readonly redeliveries: number;
  /** Captured in the period without a usable time of their own: in no period by the time they were sent. */
  readonly messagesWithoutTime: number;
  /** Captured in the period. `replayed`: became messages when their key came. */
  readonly deadLetters: readonly {
    readonly reason: string;
    readonly count: number;
    readonly replayed: number;
  }[];
  /** Files of the period's messages that are stored. */
  readonly mediaStored: number;
  /** Files of the period's messages that are missing, as gaps of media. */
  readonly mediaGaps: readonly CoverageGap[];
  /** Gaps that overlap the period. */
  readonly gaps: readonly CoverageGap[];
}
