// How many calls of each kind one tenant may make. WeCom answers 45009 and blocks for a minute when chat data is asked for more than 600 times
// a minute (developer page p/91774), and any interface above 10,000 calls a minute or 150,000 an hour (p/90454).
import type { Clock } from '@menshen/contracts/clock';
import { type QuotaPlan, ShareQuota } from './share-quota.ts';

/**
 * `Live`: the pull that finds out whether something new is there. `CatchUp`: the page after a full page. `FreshMedia`: a piece of a file that was
 * just sent. `Media`: a piece of any other file.
 */
export type CallKind = 'Live' | 'CatchUp' | MediaCall;
export type MediaCall = 'Media' | 'FreshMedia';
type Interface = 'ChatData' | 'MediaData';

export type PullQuota = ShareQuota<CallKind, Interface>;

/** A little more than a minute and an hour, so that WeCom's clock and ours need not agree on where one begins. */
const MINUTE_MS = 61_000;
const HOUR_MS = 3_660_000;
const MEDIA_CALLS_PER_MINUTE = 10_000;
const MEDIA_CALLS_PER_HOUR = 150_000;
/** However much is being caught up, a look at what is new may go out this often. */
const LIVE_EVERY_MS = 5_000;
/** However many files of a backlog are fetched, a piece of what was just sent may be asked for this often. */
const FRESH_EVERY_MS = 100;

export function quotaPlan(pullsPerMinute: number): QuotaPlan<CallKind, Interface> {
  return {
    limits: [
      { api: 'ChatData', calls: pullsPerMinute, windowMs: MINUTE_MS },
      { api: 'MediaData', calls: MEDIA_CALLS_PER_MINUTE, windowMs: MINUTE_MS },
      { api: 'MediaData', calls: MEDIA_CALLS_PER_HOUR, windowMs: HOUR_MS },
    ],
    classes: {
      Live: { api: 'ChatData', weight: 1, everyMs: LIVE_EVERY_MS },
      CatchUp: { api: 'ChatData', weight: 3 },
      Media: { api: 'MediaData', weight: 3 },
      FreshMedia: { api: 'MediaData', weight: 1, everyMs: FRESH_EVERY_MS },
    },
  };
}

/** `pullsPerMinute` 1..600. */
export function openPullQuota(pullsPerMinute: number, clock: Clock): PullQuota {
  return new ShareQuota(quotaPlan(pullsPerMinute), clock);
}
