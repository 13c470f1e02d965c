// When a message happened, as a function of its bytes: the sender's clock when it agrees with the time WeCom put into the msgid.

/** Sender clocks further from WeCom's than this are not believed. */
const BELIEVABLE_MS = 7 * 24 * 3_600_000;
/** WeCom exists since 2016; a time outside of these bounds is noise. */
const EARLIEST_MS = Date.UTC(2015, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

/** `<digits>_<epoch seconds or milliseconds>` with any suffix such as `_external`. */
const EPOCH_IN_MSGID = /_(\d{10}|\d{13})(?=_|$)/;

/** UTC milliseconds: msgtime when plausible, else the epoch in the msgid, else 0. */
export function eventTimeMs(msgid: string, msgtime: number): number {
  const epoch = epochOf(msgid);
  const believable =
    epoch === undefined
      ? msgtime >= EARLIEST_MS && msgtime < LATEST_MS
      : Math.abs(msgtime - epoch) <= BELIEVABLE_MS;
  return believable ? Math.trunc(msgtime) : (epoch ?? 0);
}

function epochOf(msgid: string): number | undefined {
  const digits = EPOCH_IN_MSGID.exec(msgid)?.[1];
  if (digits === undefined) return undefined;
  const epoch = digits.length === 10 ? Number(digits) * 1000 : Number(digits);
  return epoch >= EARLIEST_MS && epoch < LATEST_MS ? epoch : undefined;
}
