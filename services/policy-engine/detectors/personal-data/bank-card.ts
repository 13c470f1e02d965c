// Bank and credit cards: the issuer's first digits with the lengths that go with them, and the Luhn checksum (ISO/IEC 7812).
import type { Validity } from './datum.ts';

/** What words nearby, and writing in fours, say of the digits. */
export type CardContext = 'Said' | 'Denied' | 'Silent';

interface Range {
  readonly beginning: RegExp;
  readonly lengths: readonly number[];
  /** Always: no other numbers begin so. UnlessDenied: other numbers do, and are announced. WhenSaid: dates and counters begin so. */
  readonly believed: 'Always' | 'UnlessDenied' | 'WhenSaid';
}

const RANGES: readonly Range[] = [
  // UnionPay.
  { beginning: /^62/, lengths: [16, 17, 18, 19], believed: 'Always' },
  // Older debit cards of ICBC, ABC, CCB, BOC, BOCOM and the postal bank.
  {
    beginning: /^(?:95588|95599|95595|95598|436742|434061|456351|601382|405512|409666|458123|521899|603367)/,
    lengths: [16, 17, 18, 19],
    believed: 'Always',
  },
  { beginning: /^103\d{3}/, lengths: [19], believed: 'WhenSaid' },
  // American Express, Mastercard, JCB, Discover, Diners, Visa.
  { beginning: /^3[47]/, lengths: [15], believed: 'UnlessDenied' },
  { beginning: /^5[1-5]/, lengths: [16], believed: 'UnlessDenied' },
  { beginning: /^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)/, lengths: [16], believed: 'WhenSaid' },
  { beginning: /^35(?:2[89]|[3-8]\d)/, lengths: [16], believed: 'UnlessDenied' },
  { beginning: /^(?:6011|65|64[4-9])/, lengths: [16], believed: 'UnlessDenied' },
  { beginning: /^3(?:0[0-5]|[68])/, lengths: [14], believed: 'WhenSaid' },
  { beginning: /^4/, lengths: [16], believed: 'UnlessDenied' },
];

export function judgeBankCard(digits: string, contextOf: () => CardContext): Validity | undefined {
  if (digits.length < 14 || digits.length > 19) return undefined;
  const range = RANGES.find(
    ({ beginning, lengths }) => beginning.test(digits) && lengths.includes(digits.length),
  );
  if (range === undefined || /^(\d)\1+$/.test(digits)) return undefined;
  const isBelieved = range.believed === 'Always' || isEnough(range.believed, contextOf());
  if (!isBelieved) return undefined;
  return passesLuhn(digits) ? 'Valid' : 'ChecksumWrong';
}

const isEnough = (believed: Range['believed'], context: CardContext): boolean =>
  context === 'Said' || (context === 'Silent' && believed === 'UnlessDenied');

export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const weighed = at % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
