// Postal addresses of mainland China: a road and a house number, with a city or district before it or a building or room behind it.
// Only what has a number is found: `朝阳区` alone is a place, not somebody's address.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

/** One of these stands behind the number of a house, at least as its beginning. */
export const HOUSE_UNITS = '号弄栋幢座';
const COUNT = '[0-9零〇一二三四五六七八九十百甲乙a-z]{1,6}';
const STREET = new RegExp(
  `(?:大街|大道|胡同|公路|路|街|道|巷|弄|里|村|镇|庄|苑|园|城|小区|花园|[一二三四五六七八九十东西南北]区)(?:[东西南北中]?[段路街])? ?(?:${COUNT}弄 ?)?${COUNT}(?:[-之]${COUNT})? ?(?:号院|号楼|号|弄|栋|幢|座)`,
  'g',
);
const DETAIL = new RegExp(
  `^(?:[\\s,，-]{0,2}(?:[\\p{Script=Han}a-z]{0,10}?(?:大厦|广场|中心|小区|花园|公寓|国际|大楼|城|苑|园|府|湾|轩|阁|庭|舍)|${COUNT}(?:[-之]${COUNT})? ?(?:号楼|栋|幢|座|单元|楼|层|室|房|号|户)))+(?: ?\\d{2,5}(?:-\\d{1,4})?(?![\\p{Script=Han}a-z0-9]))?`,
  'u',
);
const PROVINCE =
  /(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)/g;
const DIVISION = /[\p{Script=Han}]{2,6}?(?:省|自治区|市|区|县|州|旗)/u;
const ANNOUNCED =
  /(?:地址|住址|住在|住|寄到|寄往|送到|送至|发到|位于|坐落于|家在|在|到|至|是|去|来|我|你|他|她)[ :：]?(?=[\p{Script=Han}])/gu;
const NUMBERED = new RegExp(`[0-9零〇一二三四五六七八九十百甲乙a-z] ?[${HOUSE_UNITS}]`);
const FURTHEST = 40;

export function findAddresses(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  if (!NUMBERED.test(shown)) return candidates;
  let done = 0;
  for (const { 0: street, index } of matchesOf(STREET, shown)) {
    if (index < done) continue;
    const start = startOfAddress(shown, Math.max(done, index - FURTHEST), index);
    const streetEnd = index + street.length;
    const detail = DETAIL.exec(shown.slice(streetEnd, streetEnd + 2 * FURTHEST))?.[0] ?? '';
    const hasDivision = DIVISION.test(shown.slice(start, index));
    if (start === index || !(hasDivision || detail !== '')) continue;
    done = streetEnd + detail.length;
    candidates.push({
      kind: 'Address',
      start,
      end: done,
      value: shown.slice(start, done).replace(/\s/g, ''),
      validity: 'Valid',
    });
  }
  return candidates;
}

/** The province when it is named, else behind the word that announces an address, else where the Han characters begin. */
function startOfAddress(shown: string, from: number, street: number): number {
  const run = /[\p{Script=Han}0-9 ·-]*$/u.exec(shown.slice(from, street))?.[0] ?? '';
  const begin = street - run.length + (run.length - run.trimStart().length);
  const before = shown.slice(begin, street);
  const province = matchesOf(PROVINCE, before)[0];
  if (province !== undefined) return begin + province.index;
  const announced = matchesOf(ANNOUNCED, before).at(-1);
  return announced === undefined ? begin : begin + announced.index + announced[0].length;
}
