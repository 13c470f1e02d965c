// Made-up personal data in made-up chat, with the truth: what stands where, of which kind, and near misses that are nothing.
// Checksums are completed by trial against the published definitions, not by the code under test.
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

type Random = () => number;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const number = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));
const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
const two = (value: number): string => String(value).padStart(2, '0');
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

function complete(body: string, candidates: string, sum: (whole: string) => number, modulus: number): string {
  const last = [...candidates].find((candidate) => sum(body + candidate) % modulus === 0);
  return body + (last ?? '');
}

const weighed = (values: readonly number[], weights: readonly number[]): number =>
  weights.reduce((total, weight, at) => total + weight * (values[at] ?? 0), 0);
const valuesOf = (text: string, alphabet: string): number[] =>
  [...text].map((character) => alphabet.indexOf(character));
const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** GB 11643: Σ aᵢ·wᵢ ≡ 1 (mod 11) with wᵢ = 2^(18−i) mod 11, X = 10. */
function residentId(random: Random): string {
  const region = pick(random, [
    '110101',
    '310104',
    '440106',
    '500103',
    '510107',
    '320311',
    '650104',
    '810000',
    '830000',
  ]);
  const day = `${number(random, 1935, 2015)}${two(number(random, 1, 12))}${two(number(random, 1, 28))}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
  const sum = (id: string): number => weighed(valuesOf(id, '0123456789X'), weights) - 1;
  return complete(region + day + digits(random, 3), '0123456789X', sum, 11);
}

const CREDIT = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const CREDIT_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1];

/** GB 32100. With a letter, as nearly all have. */
function creditCode(random: Random): string {
  const body = Array.from({ length: 8 }, () => pick(random, [...CREDIT])).join('');
  const head =
    pick(random, ['91', '92', '93', '12', '51', '52']) +
    pick(random, ['110000', '310115', '440300', '330106']);
  return complete(
    `${head}MA${body.slice(0, 7)}`,
    CREDIT,
    (code) => weighed(valuesOf(code, CREDIT), CREDIT_WEIGHTS),
    31,
  );
}

function bankCard(random: Random): string {
  const [issuer, length] = pick(random, [
    ['622202', 19],
    ['621700', 19],
    ['622848', 19],
    ['625955', 16],
    ['621226', 19],
    ['436742', 19],
    ['411111', 16],
    ['520082', 16],
  ] as const);
  const sum = (card: string): number =>
    [...card]
      .reverse()
      .reduce(
        (total, digit, at) =>
          total + [...String(Number(digit) * (1 + (at % 2)))].reduce((inner, one) => inner + Number(one), 0),
        0,
      );
  return complete(issuer + digits(random, length - 7), '0123456789', sum, 10);
}

function hongKongId(random: Random): string {
  const body = pick(random, LETTERS) + digits(random, 6);
  const sum = (id: string): number => 36 * 9 + weighed(valuesOf(id, ALPHANUMERIC), [8, 7, 6, 5, 4, 3, 2, 1]);
  const whole = complete(body, '0123456789A', sum, 11);
  return `${body}(${whole.slice(-1)})`;
}

function taiwanId(random: Random): string {
  const order = 'ABCDEFGHJKLMNPQRSTUVXYWZIO';
  const letter = pick(random, LETTERS);
  const county = [...String(order.indexOf(letter) + 10)].map(Number);
  const sum = (id: string): number =>
    weighed([...county, ...valuesOf(id.slice(1), '0123456789')], [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]);
  return complete(`${letter}${pick(random, ['1', '2'])}${digits(random, 7)}`, '0123456789', sum, 10);
}

function iban(random: Random): string {
  const account = digits(random, 18);
  for (let check = 2; check < 99; check++)
    if (BigInt(`${account}1314${two(check)}`) % 97n === 1n) return `DE${two(check)}${account}`;
  throw new Error('no check digits fit, which cannot be');
}

const mobile = (random: Random): string =>
  pick(random, ['130', '138', '150', '159', '186', '199', '147', '170', '192', '166', '175']) +
  digits(random, 8);
const PROVINCES = [...'京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼'];
const plate = (random: Random): string =>
  `${pick(random, PROVINCES)}${pick(random, [...'ABCDEFGH'])}${pick(random, [digits(random, 5), `D${digits(random, 5)}`, `${digits(random, 4)}${pick(random, [...'KMPQ'])}`])}`;

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
