// Kinds that are written in digits alone: each stretch of digits is offered to each of them.
import { type CardContext, judgeBankCard } from './bank-card.ts';
import type { Candidate, PersonalDataKind, Validity } from './datum.ts';
import { judgeForeignResidentId } from './foreign-resident-id.ts';
import { readMobile } from './mobile.ts';
import { endsApart, hasContext, isOtherNumber, standsApart, startsApart } from './neighbours.ts';
import { isDigit, visitNumbers, type WrittenNumber } from './number-chains.ts';
import { hasNumeral, NUMERALS, type NumberTraits } from './number-traits.ts';
import { judgeOldResidentId, judgeResidentId } from './resident-id.ts';

export function findNumbers(shown: string, { isSpelled, isLettered }: NumberTraits): Candidate[] {
  const candidates: Candidate[] = [];
  visitNumbers(shown, (number) => judge(shown, number, candidates));
  if (isSpelled) {
    const spelled = shown.replace(EACH_NUMERAL, (numeral) => NUMERALS.get(numeral) as string);
    visitNumbers(spelled, (number) => {
      if (hasNumeral(shown, number)) judge(spelled, number, candidates);
    });
  }
  const unlettered = isLettered ? undoLetters(shown) : undefined;
  if (unlettered !== undefined)
    visitNumbers(unlettered, (number) => {
      const isDisguised = /[oli]/.test(shown.slice(number.start, number.end));
      if (isDisguised) judge(unlettered, number, candidates);
    });
  return candidates;
}

/** Replaced unit by unit, so that places stay. */
const EACH_NUMERAL = new RegExp(`[${[...NUMERALS.keys()].join('')}]`, 'g');

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
