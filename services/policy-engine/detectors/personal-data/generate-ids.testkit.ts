// Ids with right checksums, made up: for property tests and benchmarks. The checksums are computed here by other means than in the
// detectors, so that a shared mistake does not hide: by trying every check character against the published definition.
import fc from 'fast-check';

const DIGITS = '0123456789';
const digits = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...DIGITS), { minLength: length, maxLength: length }).map((all) => all.join(''));
const two = (number: number): string => String(number).padStart(2, '0');

/** Tries every check character and keeps the one for which `holds`. */
function complete(body: string, candidates: string, holds: (whole: string) => boolean): string {
  for (const candidate of candidates) if (holds(body + candidate)) return body + candidate;
  return '';
}

/** Σ aᵢ·2^(18−i) ≡ 1 (mod 11), X = 10 (GB 11643). */
export const residentIds: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('110101', '310115', '440305', '510104', '330106', '650102'),
    fc.integer({ min: 1930, max: 2020 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
    digits(3),
  )
  .map(([region, year, month, day, serial]) =>
    complete(`${region}${year}${two(month)}${two(day)}${serial}`, '0123456789X', holdsResidentId),
  );

function holdsResidentId(id: string): boolean {
  let sum = 0n;
  for (const [at, character] of [...id].entries())
    sum += (character === 'X' ? 10n : BigInt(character)) * 2n ** BigInt(17 - at);
  return sum % 11n === 1n;
}

const CREDIT = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** Σ Cᵢ·3^(i−1) ≡ 0 (mod 31), the check character with weight 1 (GB 32100). */
export const socialCreditCodes: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('91110000', '91310115', '92440300', '12100000', '51330000'),
    fc.array(fc.constantFrom(...CREDIT), { minLength: 8, maxLength: 8 }),
    // A letter tells the code from a resident id with a wrong checksum.
    fc.constantFrom('A', 'K', 'M', 'Y'),
  )
  .map(([head, body, letter]) => complete(`${head}${body.join('')}${letter}`, CREDIT, holdsSocialCreditCode));

function holdsSocialCreditCode(code: string): boolean {
  let sum = 0n;
  for (const [at, character] of [...code].entries())
    sum += BigInt(CREDIT.indexOf(character)) * (at === 17 ? 1n : 3n ** BigInt(at));
  return sum % 31n === 0n;
}

/** Luhn as printed: from the right every second digit doubled, digits of the products added. */
export const bankCards: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('622202', '621700', '622848', '625955'), fc.constantFrom(9, 12))
  .chain(([issuer, length]) => digits(length).map((rest) => complete(issuer + rest, DIGITS, holdsLuhn)));

function holdsLuhn(card: string): boolean {
  const sum = [...card].reverse().reduce((total, digit, at) => {
    const product = at % 2 === 1 ? `${Number(digit) * 2}` : digit;
    return total + [...product].reduce((inner, one) => inner + Number(one), 0);
  }, 0);
  return sum % 10 === 0;
}

export const mobiles: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('138', '159', '186', '199', '147', '170', '192', '166'), digits(8))
  .map(([segment, rest]) => segment + rest);

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export const hongKongIds: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...LETTERS), digits(6))
  .map(([letter, number]) => {
    const check = [...'0123456789A'].find((candidate) => holdsHongKongId(`${letter}${number}${candidate}`));
    return `${letter}${number}(${check})`;
  });

/** 36·9 + letter·8 + digits·7…2 + check ≡ 0 (mod 11), letters from A = 10. */
function holdsHongKongId(id: string): boolean {
  const values = [36, ...[...id].map((character) => Number.parseInt(character, 36))];
  return values.reduce((total, value, at) => total + value * (9 - at), 0) % 11 === 0;
}

/** The counties' numbers, as the household registration prints them. */
const COUNTIES: Readonly<Record<string, number>> = {
  A: 10,
  B: 11,
  C: 12,
  D: 13,
  E: 14,
  F: 15,
  G: 16,
  H: 17,
  I: 34,
  J: 18,
  K: 19,
  L: 20,
  M: 21,
  N: 22,
  O: 35,
  P: 23,
  Q: 24,
  R: 25,
  S: 26,
  T: 27,
  U: 28,
  V: 29,
  W: 32,
  X: 30,
  Y: 31,
  Z: 33,
};

export const taiwanIds: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...LETTERS), fc.constantFrom('1', '2', '8', '9'), digits(7))
  .map(([letter, kind, number]) => complete(`${letter}${kind}${number}`, DIGITS, holdsTaiwanId));

export function holdsTaiwanId(id: string): boolean {
  if (!/^[A-Z][1289]\d{8}$/.test(id)) return false;
  const all = `${COUNTIES[id[0] as string]}${id.slice(1)}`;
  const weights = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1];
  return weights.reduce((total, weight, at) => total + weight * Number(all[at]), 0) % 10 === 0;
}

/** Germany's: 18 digits; the account behind the country in digits ≡ 1 (mod 97). */
export const ibans: fc.Arbitrary<string> = digits(18).map((account) => {
  for (let check = 2; check < 99; check++)
    if (BigInt(`${account}1314${two(check)}`) % 97n === 1n) return `DE${two(check)}${account}`;
  return '';
});
