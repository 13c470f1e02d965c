// Ids with right checksums, made up. Checksums are completed by trial against the published definitions, not by the code under test.

export type Random = () => number;

export const pick = <T>(random: Random, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)] as T;
export const number = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));
export const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
export const two = (value: number): string => String(value).padStart(2, '0');
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
export function residentId(random: Random): string {
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
export function creditCode(random: Random): string {
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

export function bankCard(random: Random): string {
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

export function hongKongId(random: Random): string {
  const body = pick(random, LETTERS) + digits(random, 6);
  const sum = (id: string): number => 36 * 9 + weighed(valuesOf(id, ALPHANUMERIC), [8, 7, 6, 5, 4, 3, 2, 1]);
  const whole = complete(body, '0123456789A', sum, 11);
  return `${body}(${whole.slice(-1)})`;
}

export function taiwanId(random: Random): string {
  const order = 'ABCDEFGHJKLMNPQRSTUVXYWZIO';
  const letter = pick(random, LETTERS);
  const county = [...String(order.indexOf(letter) + 10)].map(Number);
  const sum = (id: string): number =>
    weighed([...county, ...valuesOf(id.slice(1), '0123456789')], [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]);
  return complete(`${letter}${pick(random, ['1', '2'])}${digits(random, 7)}`, '0123456789', sum, 10);
}

export function iban(random: Random): string {
  const account = digits(random, 18);
  for (let check = 2; check < 99; check++)
    if (BigInt(`${account}1314${two(check)}`) % 97n === 1n) return `DE${two(check)}${account}`;
  throw new Error('no check digits fit, which cannot be');
}

export const mobile = (random: Random): string =>
  pick(random, ['130', '138', '150', '159', '186', '199', '147', '170', '192', '166', '175']) +
  digits(random, 8);
const PROVINCES = [...'京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼'];
export const plate = (random: Random): string =>
  `${pick(random, PROVINCES)}${pick(random, [...'ABCDEFGH'])}${pick(random, [digits(random, 5), `D${digits(random, 5)}`, `${digits(random, 4)}${pick(random, [...'KMPQ'])}`])}`;
