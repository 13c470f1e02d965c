// What an errcode of WeCom means for us, and what the person who runs this can do about it. Decided by errcode, never by errmsg:
// the text changes and contains the caller's address (WeCom developer page p/90455).

/**
 * Retry: try again soon. Wait: the quota is used up. Renew: the access token is dead. Give: this item is lost.
 * Stop: only a person can help; keep asking slowly, because the person will.
 */
export type ErrcodeClass = 'Ok' | 'Retry' | 'Wait' | 'Renew' | 'Give' | 'Stop';

export interface ErrcodeMeaning {
  readonly kind: ErrcodeClass;
  /** Reason of the status report. */
  readonly reason: string;
  readonly remedy: string;
}

const STOP = (reason: string, remedy: string): ErrcodeMeaning => ({ kind: 'Stop', reason, remedy });
const RENEW: ErrcodeMeaning = {
  kind: 'Renew',
  reason: 'TokenExpired',
  remedy: 'none needed: a new token is fetched',
};
const WAIT: ErrcodeMeaning = {
  kind: 'Wait',
  reason: 'QuotaExhausted',
  remedy:
    'Wait a minute; if it stays, look for another program that uses this secret, or for debug=1 on its URLs',
};
const RETRY: ErrcodeMeaning = {
  kind: 'Retry',
  reason: 'WeComBusy',
  remedy: 'none needed: it is tried again',
};
const SECRET =
  'Compare the archive secret with the one under Admin Tools / Message Archive; an address that is not on the allow-list gives this code too';
const ALLOW_LIST =
  'Add the egress address of this cluster to the trusted addresses of the application in the WeCom admin console';

const MEANINGS: ReadonlyMap<number, ErrcodeMeaning> = new Map<number, ErrcodeMeaning>([
  [0, { kind: 'Ok', reason: 'Verified', remedy: '' }],
  [-1, RETRY],
  [40001, STOP('RejectedByWeCom', SECRET)],
  [
    40013,
    STOP('RejectedByWeCom', 'Compare spec.corpId with My Company / Company ID in the WeCom admin console'),
  ],
  [40014, RENEW],
  [40091, STOP('RejectedByWeCom', SECRET)],
  [
    41001,
    STOP('RejectedByWeCom', 'The access token was missing because gettoken failed before: look at its error'),
  ],
  [42001, RENEW],
  [45009, WAIT],
  [45033, WAIT],
  [
    48002,
    STOP(
      'RejectedByWeCom',
      'Use the secret of the message archive application itself; those of other applications are refused since 2022',
    ),
  ],
  [60020, STOP('IpNotAllowed', ALLOW_LIST)],
  [301042, STOP('IpNotAllowed', ALLOW_LIST)],
  [301048, { kind: 'Give', reason: 'Expired', remedy: 'none: WeCom keeps content for 5 days only' }],
  [
    301052,
    STOP(
      'PermitMissing',
      'The archive licence has expired: renew it in the WeCom admin console at once, content is being lost',
    ),
  ],
  [
    301053,
    STOP(
      'PermitMissing',
      'Open the message archive and put members into its scope in the WeCom admin console',
    ),
  ],
]);

/** Meaning of an errcode (WeCom developer pages p/91552, p/90313; wording measured where the pages are silent). Unknown codes are retried and named. */
export function classifyErrcode(errcode: number): ErrcodeMeaning {
  return (
    MEANINGS.get(errcode) ?? {
      kind: 'Retry',
      reason: `WeComError${errcode}`,
      remedy: `look up errcode ${errcode} on WeCom's error page`,
    }
  );
}
