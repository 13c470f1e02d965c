// Made-up personal data in made-up chat, with the truth: what stands where, of which kind, and near misses that are nothing.
import {
  bankCard,
  creditCode,
  digits,
  hongKongId,
  iban,
  mobile,
  number,
  pick,
  plate,
  type Random,
  residentId,
  taiwanId,
  two,
} from './make-ids.ts';
import { seededRandom } from './scan-corpus.ts';

export interface LabelledText {
  readonly text: string;
  /** Kind of datum the text is about. */
  readonly kind: string;
  /** How it is written, or in which way it misses. */
  readonly way: string;
  /** What must be found of that kind; empty for a near miss. */
  readonly expected: readonly { readonly start: number; readonly end: number; readonly validity: string }[];
}

type Writing = readonly [way: string, write: (value: string) => string];

const groups =
  (form: readonly number[], separator: string) =>
  (value: string): string => {
    const ends = form.map((_, index) =>
      form.slice(0, index + 1).reduce((total, length) => total + length, 0),
    );
    const parts = [0, ...ends].map((start, index) => value.slice(start, ends[index]));
    return parts.filter((part) => part !== '').join(separator);
  };
const PLAIN: Writing = ['plain', (value) => value];
const FULL_WIDTH: Writing = [
  'full width',
  (value) => value.replace(/[!-~]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0)),
];
const NUMERALS: Writing = [
  'Chinese numerals',
  (value) => value.replace(/\d/g, (digit) => '零一二三四五六七八九'[Number(digit)] as string),
];
const INVISIBLE: Writing = ['zero-width', (value) => groups([3, 4], '\u200b')(value)];
const SINGLE: Writing = ['digit by digit', (value) => [...value].join(' ')];
const IN_FOURS: Writing = ['in fours', groups([4, 4, 4, 4], ' ')];
const LOWER: Writing = ['lower case', (value) => value.toLowerCase()];

interface Kind {
  readonly kind: string;
  readonly make: (random: Random) => string;
  readonly writings: readonly Writing[];
  /** Index of the digit whose change breaks the checksum and nothing else; absent without a checksum. */
  readonly checkAt?: (value: string) => number;
}

const last = (value: string): number => value.length - 1;
const KINDS: readonly Kind[] = [
  {
    kind: 'ResidentId',
    make: residentId,
    checkAt: last,
    writings: [
      PLAIN,
      FULL_WIDTH,
      NUMERALS,
      INVISIBLE,
      SINGLE,
      IN_FOURS,
      LOWER,
      ['6-8-4', groups([6, 8], '-')],
    ],
  },
  {
    kind: 'UnifiedSocialCreditCode',
    make: creditCode,
    checkAt: last,
    writings: [PLAIN, FULL_WIDTH, INVISIBLE, IN_FOURS, LOWER],
  },
  {
    kind: 'BankCard',
    make: bankCard,
    checkAt: last,
    writings: [PLAIN, FULL_WIDTH, NUMERALS, INVISIBLE, IN_FOURS, SINGLE],
  },
  {
    kind: 'HongKongId',
    make: hongKongId,
    checkAt: (value) => value.length - 2,
    writings: [PLAIN, FULL_WIDTH, INVISIBLE, LOWER, ['no brackets', (value) => value.replace(/[()]/g, '')]],
  },
  { kind: 'TaiwanId', make: taiwanId, checkAt: last, writings: [PLAIN, FULL_WIDTH, INVISIBLE, LOWER] },
  { kind: 'Iban', make: iban, checkAt: () => 3, writings: [PLAIN, FULL_WIDTH, INVISIBLE, IN_FOURS, LOWER] },
  {
    kind: 'Mobile',
    make: mobile,
    writings: [
      PLAIN,
      FULL_WIDTH,
      NUMERALS,
      INVISIBLE,
      SINGLE,
      ['3-4-4', groups([3, 4], '-')],
      ['3 4 4', groups([3, 4], ' ')],
      ['+86', (value) => `+86 ${value}`],
    ],
  },
  {
    kind: 'Landline',
    make: (random) =>
      `${pick(random, ['010', '021', '0755', '0571', '020'])}-${number(random, 2, 8)}${digits(random, 7)}`,
    writings: [PLAIN, FULL_WIDTH, ['in brackets', (value) => `(${value.replace('-', ')')}`]],
  },
  {
    kind: 'VehiclePlate',
    make: plate,
    writings: [PLAIN, FULL_WIDTH, LOWER, ['with a dot', (value) => `${value.slice(0, 2)}·${value.slice(2)}`]],
  },
  {
    kind: 'Email',
    make: (random) =>
      `${pick(random, ['li.wei', 'zhang_san', 'amy'])}${digits(random, 3)}@${pick(random, ['example.com', 'mail.example.com.cn', 'qq.com'])}`,
    writings: [PLAIN, FULL_WIDTH, ['(at)', (value) => value.replace('@', '(at)')]],
  },
];

const CARRIERS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['我的是', '，麻烦登记一下'],
  ['资料：', '。'],
  ['帮我核对下（', '）'],
  ['係', '，唔該晒'],
  ['please check ', ' thanks'],
  ['如下\n', '\n收到回复'],
  ['发给你了：', '对不对？'],
  ['客户报的', '你记一下😀'],
];

/** `count` texts for every kind and writing. */
export function writePersonalData(count: number, seed: number): LabelledText[] {
  const random = seededRandom(seed);
  return KINDS.flatMap(({ kind, make, writings, checkAt }) => [
    ...writings.flatMap(([way, write]) =>
      repeat(count, () => carry(random, { kind, way, written: write(make(random)), validity: 'Valid' })),
    ),
    ...(checkAt === undefined
      ? []
      : repeat(count, () => {
          const written = breakCheck(random, make(random), checkAt);
          return carry(random, { kind, way: 'checksum wrong', written, validity: 'ChecksumWrong' });
        })),
  ]);
}

function breakCheck(random: Random, value: string, checkAt: (value: string) => number): string {
  const at = checkAt(value);
  const right = value[at] as string;
  const other = /\d/.test(right) ? String((Number(right) + number(random, 1, 9)) % 10) : '7';
  return value.slice(0, at) + other + value.slice(at + 1);
}

function carry(
  random: Random,
  of: { kind: string; way: string; written: string; validity: string },
): LabelledText {
  // A numeral at the end of the carrier would belong to the number.
  const [before, after] = pick(random, CARRIERS);
  const expected = [{ start: before.length, end: before.length + of.written.length, validity: of.validity }];
  return { text: before + of.written + after, kind: of.kind, way: of.way, expected };
}

/** `count` near misses of every sort: each looks like a datum of the kind and is none. */
export function writeNearMisses(count: number, seed: number): LabelledText[] {
  const random = seededRandom(seed);
  const miss = (kind: string, way: string, make: () => string): LabelledText[] =>
    repeat(count, () => {
      const [before, after] = pick(random, CARRIERS);
      return { text: before + make() + after, kind, way, expected: [] };
    });
  const changeMonth = (id: string): string => `${id.slice(0, 10)}${number(random, 13, 99)}${id.slice(12)}`;
  return [
    ...miss('ResidentId', 'one digit more', () => residentId(random).replace('X', '0') + digits(random, 1)),
    ...miss('ResidentId', 'no such month', () => changeMonth(residentId(random))),
    ...miss('ResidentId', 'no such province', () => `9${residentId(random).slice(1)}`),
    ...miss('ResidentId', 'inside a hash', () => `f${residentId(random)}e`),
    ...miss('Mobile', 'one digit more', () => mobile(random) + digits(random, 1)),
    ...miss('Mobile', 'one digit less', () => mobile(random).slice(0, 10)),
    ...miss('Mobile', 'no such segment', () => `1${pick(random, ['0', '1', '2'])}${digits(random, 9)}`),
    ...miss('Mobile', 'a fraction', () => `0.${mobile(random)}`),
    ...miss('Mobile', 'milliseconds', () => `17${digits(random, 11)}`),
    ...miss('BankCard', 'no issuer', () => `8${bankCard(random).slice(1)}`),
    ...miss('BankCard', 'one digit more than any', () => `6222${digits(random, 16)}`),
    ...miss(
      'BankCard',
      'an order',
      () => `2026${two(number(random, 1, 12))}${two(number(random, 1, 28))}${digits(random, 10)}`,
    ),
    ...miss('HongKongId', 'two digits more', () => hongKongId(random).replace('(', `${digits(random, 2)}(`)),
    ...miss('TaiwanId', 'one digit more', () => taiwanId(random) + digits(random, 1)),
    ...miss(
      'Landline',
      'no such area',
      () => `0${pick(random, ['1', '3', '6'])}0${digits(random, 1)}-${digits(random, 5)}`,
    ),
    ...miss('VehiclePlate', 'the letter I', () => plate(random).replace(/^(.)./, '$1I')),
    ...miss('VehiclePlate', 'one digit less', () => `粤B${digits(random, 4)}`),
    ...miss('Email', 'a mention', () => `@${pick(random, ['all', 'Amy', '李经理'])} `),
    ...miss('Iban', 'one digit less', () => iban(random).slice(0, -1)),
  ];
}

const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
