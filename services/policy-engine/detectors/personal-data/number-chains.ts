// Numbers as people write them: in one piece, in groups with blanks, dashes or dots between, or digit by digit.
// A chain is a longest run of such groups; what is offered to the kinds of number are the stretches of a chain that can be one number.

export interface WrittenNumber {
  readonly digits: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Lengths of its groups. */
  readonly groups: readonly number[];
}

/** Calls `visit` for every stretch of 7 to 22 digits that can be one number. Linear: a stretch is bounded. */
export function visitNumbers(shown: string, visit: (number: WrittenNumber) => void): void {
  for (let at = 0; at < shown.length; at++) {
    if (!isDigit(shown, at)) continue;
    const chain = readChain(shown, at);
    visitChain(shown, chain, visit);
    at = (chain.at(-1) as Group).end;
  }
}

const FEWEST_DIGITS = 7;
const MOST_DIGITS = 22;
/** A blank, a dash and a blank. */
const WIDEST_GAP = 3;
/** A neighbour of so many digits is a number of its own; a shorter one would be part of the same. */
const OWN_NUMBER = 9;

interface Group {
  readonly start: number;
  readonly end: number;
  /** What stands before it in the chain; empty for the first. */
  readonly separator: string;
}

export function isDigit(shown: string, at: number): boolean {
  const unit = shown.charCodeAt(at);
  return unit >= 48 && unit <= 57;
}

function readChain(shown: string, from: number): Group[] {
  const chain: Group[] = [];
  let separator: string | undefined = '';
  let start = from;
  while (separator !== undefined) {
    let end = start;
    while (isDigit(shown, end)) end++;
    chain.push({ start, end, separator });
    let next = end;
    while (next - end < WIDEST_GAP && SEPARATORS.has(shown[next] ?? '')) next++;
    separator = next > end && isDigit(shown, next) ? kindOfGap(shown.slice(end, next)) : undefined;
    start = next;
  }
  return chain;
}

const DASHES = ['-', '‐', '‑', '–', '—', '−', '_', '~'];
const DOTS = ['.', '·', '•', '・'];
const COMMA = ',';
const SEPARATORS: ReadonlySet<string> = new Set([' ', '\t', ...DASHES, ...DOTS, COMMA]);

function kindOfGap(gap: string): string {
  if (DASHES.some((dash) => gap.includes(dash))) return '-';
  if (DOTS.some((dot) => gap.includes(dot))) return '.';
  return gap.includes(COMMA) ? COMMA : ' ';
}

function visitChain(shown: string, chain: readonly Group[], visit: (number: WrittenNumber) => void): void {
  for (let first = 0; first < chain.length; first++) {
    let digits = 0;
    for (let last = first; last < chain.length; last++) {
      digits += lengthOf(chain[last]);
      if (digits > MOST_DIGITS || !goesOn(chain, first, last)) break;
      if (digits >= FEWEST_DIGITS && canBeOne(shown, chain, first, last))
        visit(numberOf(shown, chain, first, last));
    }
  }
}

const lengthOf = (group: Group | undefined): number => (group === undefined ? 0 : group.end - group.start);

/** Whether the last group is separated like those before it, and is not one of single digits among longer ones. */
function goesOn(chain: readonly Group[], first: number, last: number): boolean {
  if (last === first) return true;
  if (last > first + 1 && chain[last]?.separator !== chain[first + 1]?.separator) return false;
  const single = lengthOf(chain[first]) === 1;
  return single ? lengthOf(chain[last]) === 1 : last === first + 1 || lengthOf(chain[last - 1]) > 1;
}

/** A single group beside a dot is a fraction; several groups must not leave a short one over, unless it is China's country code. */
function canBeOne(shown: string, chain: readonly Group[], first: number, last: number): boolean {
  const [before, after] = [chain[first - 1], chain[last + 1]];
  if (first === last) return chain[first]?.separator !== '.' && after?.separator !== '.';
  // Amounts have commas: only a number in short groups is written so.
  const groups = chain.slice(first, last + 1);
  if (chain[last]?.separator === COMMA && groups.some((group) => lengthOf(group) > 4)) return false;
  const isCode = before !== undefined && /^(?:00)?86$/.test(shown.slice(before.start, before.end));
  return (isCode || isOwnNumber(before)) && isOwnNumber(after);
}

const isOwnNumber = (group: Group | undefined): boolean =>
  group === undefined || lengthOf(group) >= OWN_NUMBER;

function numberOf(shown: string, chain: readonly Group[], first: number, last: number): WrittenNumber {
  const groups = chain.slice(first, last + 1);
  return {
    digits: groups.map(({ start, end }) => shown.slice(start, end)).join(''),
    start: (groups[0] as Group).start,
    end: (groups.at(-1) as Group).end,
    groups: groups.map(lengthOf),
  };
}
