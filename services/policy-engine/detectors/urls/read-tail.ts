// What follows a host, and where an address ends in a sentence.

const PORT = /:(\d{1,5})(?!\d)/y;

/** Port, path, query and fragment behind a host. */
export function readTail(shown: string, hostEnd: number): { end: number; port?: number } {
  PORT.lastIndex = hostEnd;
  const port = PORT.exec(shown);
  const rest = hostEnd + (port?.[0].length ?? 0);
  const end = /[/?#\\]/.test(shown[rest] ?? '') ? Math.max(rest, endOfRest(shown, rest)) : rest;
  return port === null ? { end } : { end, port: Number(port[1]) };
}

/** What may stand in an address, up to where the next one begins; behind = or / another address is part of this one. */
const REST = /(?:[A-Ga-gI-Zi-z0-9._~:/?#[\]@!$&'()*+,;=%|\\^{}`-]|h(?!(?:tt|xx)ps?:\/\/)|(?<=[=/?&%#-])h)*/iy;

/** The end of a run of characters that may stand in an address, without the punctuation of the sentence around it. */
export function endOfRest(shown: string, start: number): number {
  REST.lastIndex = start;
  REST.test(shown);
  let end = REST.lastIndex;
  const open = countBrackets(shown, start, end);
  while (end > start) {
    const unit = shown[end - 1] as string;
    if (!".,;:!?'*`|~".includes(unit) && !(open[unit] !== undefined && open[unit] < 0)) break;
    if (open[unit] !== undefined) open[unit]++;
    end--;
  }
  return end;
}

/** Closing bracket → how many more open than close; negative when one closes what stands outside. */
function countBrackets(shown: string, start: number, end: number): Record<string, number> {
  const balance: Record<string, number> = { ')': 0, ']': 0, '}': 0 };
  for (let at = start; at < end; at++) {
    const unit = shown[at] as string;
    const closing = unit === '(' ? ')' : unit === '[' ? ']' : unit === '{' ? '}' : undefined;
    if (closing !== undefined) balance[closing] = (balance[closing] as number) + 1;
    else if (balance[unit] !== undefined) balance[unit]--;
  }
  return balance;
}
