// One table: what an answer of WeCom means and what to do about it. Decided by errcode, never by errmsg: that text changes and holds our IP
// (WeCom developer pages p/90455, p/91552, p/92951; archive codes 301042 and 301048 as the Finance SDK maps them).

/** What the caller does next. */
export type FaultAction =
  | 'Retry' // again, with growing pauses
  | 'Wait' // again, but not within a minute
  | 'RefreshToken' // the access token is dead: fetch another, then again at once
  | 'FixConfig' // wrong until someone changes the tenant's configuration; asked again at the normal interval at most
  | 'CallOperator' // wrong until someone acts in WeCom's admin console; data may be passing out of the window meanwhile
  | 'GiveUpItem'; // this item is gone; everything else goes on

/** Machine reason; those that reach the STATUS bucket are listed in `ingest-status.ts`. */
export type FaultReason =
  | 'WeComUnreachable'
  | 'BadAnswer'
  | 'WeComBusy'
  | 'UnknownErrcode'
  | 'TokenExpired'
  | 'QuotaExhausted'
  | 'RejectedByWeCom'
  | 'IpNotAllowed'
  | 'PermitMissing'
  | 'Expired'
  | 'BadFileId'
  | 'NotVerified' // whoever answers is not WeCom
  | 'SdkUnusable' // the Finance SDK is not there, or is not what it should be
  | 'SdkFailed'; // it crashed, hung or lied; its process is replaced

export interface SourceFault {
  readonly action: FaultAction;
  readonly reason: FaultReason;
  /** `undefined` when no errcode came: network, or an answer that is not WeCom's JSON. */
  readonly errcode: number | undefined;
  /** For people: what happened and what to do; without content, secrets or errmsg. */
  readonly detail: string;
}

type Row = readonly [action: FaultAction, reason: FaultReason, detail: string];

const SECRET =
  'compare it with the one under Admin Tools / Message Archive; an address outside the trusted IPs gives this code too';
const TRUSTED_IPS = 'add the egress address of this cluster to the trusted IPs in the WeCom admin console';

const ERRCODES: Readonly<Record<number, Row>> = {
  [-1]: ['Retry', 'WeComBusy', 'WeCom is busy'],
  40001: ['FixConfig', 'RejectedByWeCom', `WeCom refuses the secret: ${SECRET}`],
  40013: [
    'FixConfig',
    'RejectedByWeCom',
    'WeCom does not know the corpId: compare it with My Company / Company ID',
  ],
  40091: ['FixConfig', 'RejectedByWeCom', `WeCom says that the secret is invalid: ${SECRET}`],
  40014: ['RefreshToken', 'TokenExpired', 'the access token is invalid'],
  42001: ['RefreshToken', 'TokenExpired', 'the access token has expired'],
  41001: ['RefreshToken', 'TokenExpired', 'the access token is missing'],
  45009: [
    'Wait',
    'QuotaExhausted',
    'too many calls, WeCom blocks for a minute or an hour: look for another program that uses this secret',
  ],
  45033: ['Wait', 'QuotaExhausted', 'too many calls at once'],
  48002: [
    'FixConfig',
    'RejectedByWeCom',
    'this secret may not use the interface: use the secret of the message archive itself',
  ],
  60020: ['FixConfig', 'IpNotAllowed', `our address is not among the trusted IPs of the app: ${TRUSTED_IPS}`],
  301042: [
    'CallOperator',
    'IpNotAllowed',
    `our address is not among the trusted IPs of the archive: ${TRUSTED_IPS}`,
  ],
  301048: ['GiveUpItem', 'Expired', 'the data has passed out of the 5-day window'],
  301052: [
    'CallOperator',
    'PermitMissing',
    'the archive licence has expired and messages are being lost: renew it in the WeCom admin console',
  ],
  301053: [
    'CallOperator',
    'PermitMissing',
    'the archive is not open or has no members: put members into its scope in the WeCom admin console',
  ],
};

/** The fault that an errcode other than 0 stands for. */
export function classifyErrcode(errcode: number): SourceFault {
  const row = ERRCODES[errcode];
  if (row === undefined)
    return {
      action: 'Retry',
      reason: 'UnknownErrcode',
      errcode,
      detail: `WeCom answered errcode ${errcode}, which is not documented for this call`,
    };
  const [action, reason, detail] = row;
  return { action, reason, errcode, detail: `errcode ${errcode}: ${detail}` };
}

/** No HTTP answer came: refused, reset, timed out, cut. */
export const unreachable = (detail: string): SourceFault => ({
  action: 'Retry',
  reason: 'WeComUnreachable',
  errcode: undefined,
  detail,
});

/** An HTTP answer came, but not WeCom's: a gateway's error page, an empty body, something that is not JSON. */
export const badAnswer = (detail: string): SourceFault => ({
  action: 'Retry',
  reason: 'BadAnswer',
  errcode: undefined,
  detail,
});
