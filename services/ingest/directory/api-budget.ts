// How many calls of each server interface may still go in this minute. WeCom counts per corporation and interface, for every program that
// calls: what we take is a share of it, and looks on schedule take less than questions a message asks.
import type { Clock } from '@menshen/contracts/clock';
import type { DirectoryApi } from './ask-directory.ts';

/** WeCom's own limits, calls a minute (developer pages p/91614, p/91782, p/92951); every other interface has {@link BASE_PER_MINUTE}. */
const PER_MINUTE: Readonly<Record<string, number>> = {
  '/cgi-bin/msgaudit/get_permit_user_list': 1000,
  '/cgi-bin/msgaudit/check_single_agree': 2500,
  '/cgi-bin/msgaudit/check_room_agree': 1500,
  '/cgi-bin/msgaudit/groupchat/get': 2000,
};
/** 150,000 an hour, spread evenly, is less than the 10,000 a minute that are allowed as well (p/90454). */
const BASE_PER_MINUTE = 2500;
const MINUTE_MS = 60_000;

/** Share of WeCom's limit. The rest belongs to other programs of the corporation. */
export type Share = 'Schedule' | 'Question';
const SHARES: Readonly<Record<Share, number>> = { Schedule: 0.4, Question: 0.8 };

interface Window {
  /** The minute that is counted, by number. */
  minute: number;
  calls: number;
  blockedUntilMs: number;
}

export class ApiBudget {
  readonly #clock: Clock;
  readonly #onCall: (path: string) => void;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock, onCall: (path: string) => void) {
    this.#clock = clock;
    this.#onCall = onCall;
  }

  /** Calls of an interface that may still go in this minute. */
  left(path: string, share: Share): number {
    const window = this.#windowOf(path);
    if (this.#clock.nowMs() < window.blockedUntilMs) return 0;
    const most = Math.floor((PER_MINUTE[path] ?? BASE_PER_MINUTE) * SHARES[share]);
    return Math.max(0, most - window.calls);
  }

  /** The same interfaces; every call is counted, and when WeCom says that it is too much nothing of the kind goes for a minute. */
  count(api: DirectoryApi): DirectoryApi {
    return {
      call: async (call) => {
        const window = this.#windowOf(call.path);
        window.calls++;
        this.#onCall(call.path);
        const outcome = await api.call(call);
        if (!outcome.ok && outcome.fault.action === 'Wait')
          window.blockedUntilMs = this.#clock.nowMs() + MINUTE_MS;
        return outcome;
      },
    };
  }

  #windowOf(path: string): Window {
    const minute = Math.floor(this.#clock.nowMs() / MINUTE_MS);
    const window = this.#windows.get(path) ?? { minute, calls: 0, blockedUntilMs: 0 };
    this.#windows.set(path, window);
    if (window.minute !== minute) {
      window.minute = minute;
      window.calls = 0;
    }
    return window;
  }
}
