// Kinds that are written in digits alone: each stretch of digits is offered to each of them.
import { judgeBankCard } from './bank-card.ts';
import type { Candidate, PersonalDataKind, Validity } from './datum.ts';
import { judgeForeignResidentId } from './foreign-resident-id.ts';
import { readMobile } from './mobile.ts';
import { endsApart, hasContext, standsApart, startsApart } from './neighbours.ts';
import { isDigit, visitNumbers, type WrittenNumber } from './number-chains.ts';
import { judgeOldResidentId, judgeResidentId } from './resident-id.ts';

export function findNumbers(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  visitNumbers(shown, (number) => candidates.push(...judge(shown, number)));
  const spelled = spellDigits(shown);
  if (spelled !== undefined)
    visitNumbers(spelled, (number) => {
      if (HAN.test(shown.slice(number.start, number.end))) candidates.push(...judge(spelled, number));
    });
  return candidates;
}

/** Chinese numerals by digit, in the folded (simplified) writing; 幺 is one on the telephone. */
const NUMERALS: ReadonlyMap<string, string> = new Map(
  ['零〇○', '一壹幺', '二贰两', '三叁参', '四肆', '五伍', '六陆', '七柒', '八捌', '九玖'].flatMap(
    (same, digit) => [...same].map((numeral): [string, string] => [numeral, String(digit)]),
  ),
);
const HAN = new RegExp(`[${[...NUMERALS.keys()].join('')}]`);
const HAN_EACH = new RegExp(HAN, 'g');
const HAN_ENOUGH = new RegExp(
  `${HAN.source}(?:[ -]?(?:${HAN.source}|\\d)){6}|\\d(?:[ -]?(?:${HAN.source}|\\d)){6}`,
);

/** The text with its Chinese numerals as digits, unit by unit; undefined when that makes no number. */
function spellDigits(shown: string): string | undefined {
  if (!HAN.test(shown) || !HAN_ENOUGH.test(shown)) return undefined;
  return shown.replace(HAN_EACH, (numeral) => NUMERALS.get(numeral) as string);
}

function judge(shown: string, number: WrittenNumber): Candidate[] {
  const candidates: Candidate[] = [];
  const add = (kind: PersonalDataKind, validity: Validity | undefined, value = number.digits): void => {
    if (validity !== undefined)
      candidates.push({ kind, start: number.start, end: number.end, value, validity });
  };
  if (number.digits.length === 17) judgeWithX(shown, number, candidates);
  if (!standsApart(shown, number.start, number.end)) return candidates;
  add('ResidentId', judgeResidentId(number.digits) ?? judgeOldResidentId(number.digits));
  add('ForeignResidentId', judgeForeignResidentId(number.digits));
  add('BankCard', judgeBankCard(number.digits, isCardSaid(shown, number)));
  const mobile = readMobile(number);
  if (mobile !== undefined) candidates.push(mobileAt(shown, number, mobile));
  return candidates;
}

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

function isCardSaid(shown: string, { start, end, groups }: WrittenNumber): boolean {
  const inFours = groups.length > 2 && groups.slice(0, -1).every((length) => length === 4);
  return inFours || hasContext(shown, start, end, CARD_WORDS);
}

/** The country code belongs to the number. */
function mobileAt(shown: string, { start, end }: WrittenNumber, value: string): Candidate {
  const code = COUNTRY_CODE.exec(shown.slice(Math.max(0, start - 8), start))?.[0] ?? '';
  return { kind: 'Mobile', start: start - code.length, end, value, validity: 'Valid' };
}

const COUNTRY_CODE = /(?:\(?(?:\+|(?<!\d)00)86\)?[ -]{0,3}|\+)$/;
