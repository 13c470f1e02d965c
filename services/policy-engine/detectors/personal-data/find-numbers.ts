// Kinds that are written in digits alone: each stretch of digits is offered to each of them.
import { type CardContext, judgeBankCard } from './bank-card.ts';
import type { Candidate, PersonalDataKind, Validity } from './datum.ts';
import { judgeForeignResidentId } from './foreign-resident-id.ts';
import { readMobile } from './mobile.ts';
import { endsApart, hasContext, isOtherNumber, standsApart, startsApart } from './neighbours.ts';
import { isDigit, visitNumbers, type WrittenNumber } from './number-chains.ts';
import { judgeOldResidentId, judgeResidentId } from './resident-id.ts';

export function findNumbers(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  visitNumbers(shown, (number) => judge(shown, number, candidates));
  const spelled = spellDigits(shown);
  if (spelled !== undefined)
    visitNumbers(spelled, (number) => {
      if (hasNumeral(shown, number)) judge(spelled, number, candidates);
    });
  const unlettered = undoLetters(shown);
  if (unlettered !== undefined)
    visitNumbers(unlettered, (number) => {
      const isDisguised = /[oli]/.test(shown.slice(number.start, number.end));
      if (isDisguised) judge(unlettered, number, candidates);
    });
  return candidates;
}

/** A number in which O, l or I stands for 0 or 1; no more letters than a third. */
const LETTERED = /(?<![a-z0-9])[0-9oli]{11,19}(?![a-z0-9])/g;

/** The text with those letters as digits, unit by unit; undefined when there are none. */
function undoLetters(shown: string): string | undefined {
  if (!/\d[oli]|[oli]\d/.test(shown)) return undefined;
  return shown.replace(LETTERED, (written) => {
    const digits = written.replace(/o/g, '0').replace(/[li]/g, '1');
    const letters = written.replace(/\d/g, '').length;
    return letters * 3 <= written.length ? digits : written;
  });
}

/** Chinese numerals by digit, in the folded (simplified) writing; 幺 is one on the telephone. */
const NUMERALS: ReadonlyMap<string, string> = new Map(
  ['零〇○', '一壹幺', '二贰两', '三叁参', '四肆', '五伍', '六陆', '七柒', '八捌', '九玖'].flatMap(
    (same, digit) => [...same].map((numeral): [string, string] => [numeral, String(digit)]),
  ),
);
const FEWEST = 7;
const EACH = new RegExp(`[${[...NUMERALS.keys()].join('')}]`, 'g');
/** Unit → 1 for a digit, 2 for a Chinese numeral. */
const COUNTS = new Uint8Array(0x10000).fill(1, 48, 58);
for (const numeral of NUMERALS.keys()) COUNTS[numeral.charCodeAt(0)] = 2;

/** The text with its Chinese numerals as digits, unit by unit; undefined when that makes no number. */
function spellDigits(shown: string): string | undefined {
  let [run, numerals, gap] = [0, 0, 0];
  for (let at = 0; at < shown.length; at++) {
    const counts = COUNTS[shown.charCodeAt(at)] as number;
    if (counts === 0) {
      if (++gap > 1) run = numerals = 0;
      continue;
    }
    gap = 0;
    run++;
    if (counts === 2) numerals++;
    if (run >= FEWEST && numerals > 0)
      return shown.replace(EACH, (numeral) => NUMERALS.get(numeral) as string);
  }
  return undefined;
}

/** Whether a stretch has a Chinese numeral. */
function hasNumeral(shown: string, { start, end }: WrittenNumber): boolean {
  for (let at = start; at < end; at++) if (COUNTS[shown.charCodeAt(at)] === 2) return true;
  return false;
}

function judge(shown: string, number: WrittenNumber, candidates: Candidate[]): void {
  const { digits, start, end } = number;
  if (digits.length < SHORTEST) return;
  if (digits.length === 17) judgeWithX(shown, number, candidates);
  if (!standsApart(shown, start, end)) return;
  const add = (kind: PersonalDataKind, validity: Validity | undefined): void => {
    if (validity !== undefined) candidates.push({ kind, start, end, value: digits, validity });
  };
  add(
    'ResidentId',
    judgeResidentId(digits) ?? (isOtherNumber(shown, start) ? undefined : judgeOldResidentId(digits)),
  );
  add('ForeignResidentId', judgeForeignResidentId(digits));
  add(
    'BankCard',
    judgeBankCard(digits, () => contextOf(shown, number)),
  );
  const mobile = readMobile(number);
  if (mobile !== undefined && !isOtherNumber(shown, start)) candidates.push(mobileAt(shown, number, mobile));
}

/** Of a mobile number. */
const SHORTEST = 11;

/** A resident id whose check character is X. */
function judgeWithX(shown: string, number: WrittenNumber, candidates: Candidate[]): void {
  const end = shown[number.end] === 'x' ? number.end + 1 : number.end + 2;
  const isX = shown[end - 1] === 'x' && (end === number.end + 1 || ' -'.includes(shown[number.end] ?? 'x'));
  if (!isX || isDigit(shown, end) || !startsApart(shown, number.start) || !endsApart(shown, end)) return;
  const written = `${number.digits}x`;
  const resident = judgeResidentId(written);
  const validity = resident ?? judgeForeignResidentId(written);
  if (validity === undefined) return;
  const kind = resident === undefined ? 'ForeignResidentId' : 'ResidentId';
  candidates.push({ kind, start: number.start, end, value: `${number.digits}X`, validity });
}

const CARD_WORDS = /卡|card|visa|账[号户]|帐[号户]|转账|汇款|收款|开户|bank|银行|行$/;

function contextOf(shown: string, { start, end, groups }: WrittenNumber): CardContext {
  const inFours = groups.length > 2 && groups.slice(0, -1).every((length) => length === 4);
  if (inFours || hasContext(shown, start, end, CARD_WORDS)) return 'Said';
  return isOtherNumber(shown, start) ? 'Denied' : 'Silent';
}

/** The country code belongs to the number. */
function mobileAt(shown: string, { start, end }: WrittenNumber, value: string): Candidate {
  const code = COUNTRY_CODE.exec(shown.slice(Math.max(0, start - 8), start))?.[0] ?? '';
  return { kind: 'Mobile', start: start - code.length, end, value, validity: 'Valid' };
}

const COUNTRY_CODE = /(?:(?:\((?:\+|00)86\)|(?:\+|(?<!\d)00)86)[ -]{0,3}|\+)$/;
