// Made-up addresses in running chat with their exact place, texts that only look as if they held one, and domains that pass themselves
// off as a brand's beside domains that do not.
import type { LabelledText } from './detection-corpus-personal-data.ts';
import { seededRandom } from './scan-corpus.ts';

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const word = (random: Random, least = 4): string =>
  repeat(least + Math.floor(random() * 6), () => pick(random, [...'abcdefghijklmnoprstuvwxyz'])).join('');

const TOPS = ['com', 'cn', 'com.cn', 'net', 'top', 'xyz', 'vip', 'cc', 'io', 'shop', 'club', 'com.hk'];
const PATHS = [
  '',
  '/',
  '/s/1aBcDeF',
  '/index.html?id=12&x=%E4%BD%A0',
  '/a_(b)',
  '/#/home',
  ':8443/login',
  '/x-y~z',
];
const name = (random: Random): string =>
  `${pick(random, ['', 'www.', 'm.', 'pay.'])}${word(random)}.${pick(random, TOPS)}`;

/** Way → an address written so. */
const WAYS: Readonly<Record<string, (random: Random) => string>> = {
  'with a scheme': (random) => `${pick(random, ['http', 'https'])}://${name(random)}${pick(random, PATHS)}`,
  bare: (random) =>
    name(random) +
    pick(
      random,
      PATHS.filter((path) => path !== '/'),
    ),
  hxxp: (random) => `hxxp${pick(random, ['', 's'])}://${name(random)}/x`,
  'dots in brackets': (random) =>
    `http://${name(random)}/x`.replaceAll('.', pick(random, ['[.]', '(.)', '[dot]', '(dot)'])),
  'Chinese full stop': (random) => `${word(random)}。${pick(random, ['com', 'cn', 'top'])}`,
  点: (random) => `${word(random)}点${pick(random, ['com', 'cn', 'net'])}`,
  'full width': (random) =>
    name(random).replace(/[a-z0-9.]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0)),
  'zero-width': (random) => `https://${name(random)}/x`.replaceAll('.', '\u200b.'),
  address: (random) =>
    `http://${repeat(4, () => 1 + Math.floor(random() * 254)).join('.')}${pick(random, ['', ':8080', '/x', ':81/y'])}`,
  'address as one number': (random) =>
    `http://${pick(random, ['', '0x'])}${16_777_216 + Math.floor(random() * 9e7)}/x`,
  'user info': (random) => `https://www.icbc.com.cn@${name(random)}/x`,
  'Chinese name': (random) =>
    `https://${pick(random, ['中国银行', '例子', '门神'])}.${pick(random, ['中国', '公司', '网络', 'com'])}/`,
  Punycode: (random) => `http://xn--fiqs8s.${pick(random, ['com', 'xn--fiqs8s'])}/x`,
  'short link': (random) =>
    `${pick(random, ['t.cn', 'dwz.cn', 'bit.ly', 'b23.tv', 'url.cn'])}/${word(random)}`,
  'other scheme': (random) =>
    `${pick(random, ['weixin', 'alipays', 'taobao', 'tg'])}://${word(random)}/${word(random)}?t=1`,
};

const CARRIERS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['点击', '查看详情'],
  ['链接：', '，提取码1234'],
  ['（见', '）'],
  ['打开', '。快'],
  ['「', '」'],
  ['睇下', '啦'],
  ['see ', ' thanks'],
  ['第一条\n', '\n第二条'],
  ['加我😀', '😀'],
];

/** `count` texts for every way of writing an address. */
export function writeUrls(count: number, seed: number): LabelledText[] {
  const random = seededRandom(seed);
  return Object.entries(WAYS).flatMap(([way, write]) =>
    repeat(count, () => {
      const [before, after] = pick(random, CARRIERS);
      const written = write(random);
      const expected = [{ start: before.length, end: before.length + written.length, validity: 'Valid' }];
      return { text: before + written + after, kind: 'Url', way, expected };
    }),
  );
}

const NO_URLS: Readonly<Record<string, (random: Random) => string>> = {
  'e-mail address': (random) => `邮箱${word(random)}.${word(random)}@${word(random)}.com`,
  'file name': (random) =>
    `看${word(random)}.${pick(random, ['docx', 'pdf', 'xlsx', 'md', 'py', 'zip', 'js', 'mp4'])}这个文件`,
  decimal: (random) => `涨了${(random() * 100).toFixed(2)}，到${(random() * 9).toFixed(3)}元`,
  version: (random) => `升级到版本${repeat(4, () => Math.floor(random() * 20)).join('.')}`,
  date: (random) => `2026.${1 + Math.floor(random() * 12)}.${1 + Math.floor(random() * 28)}之前`,
  'numbered list': (random) => `1.${word(random)} 2.确认金额 3.盖章`,
  'end of sentence': (random) =>
    `Please check it.${pick(random, ['Then', 'Thanks', 'It', 'We', 'So'])} ${word(random)}`,
  'Chinese end of sentence': (random) => `发我iPhone。${pick(random, ['ok', 'yes', 'thanks', 'then'])}`,
  abbreviation: (random) =>
    `${pick(random, ['e.g.', 'i.e.', 'U.S.A.', 'a.m.', 'No.1', 'Node.js', 'ASP.NET', 'Ph.D'])}${word(random)}`,
  time: () => '10:30开会，比分3:2',
};

/** `count` texts of every sort that hold no address. */
export function writeNoUrls(count: number, seed: number): LabelledText[] {
  const random = seededRandom(seed);
  return Object.entries(NO_URLS).flatMap(([way, write]) =>
    repeat(count, () => ({ text: write(random), kind: 'Url', way, expected: [] })),
  );
}

export interface DomainPair {
  readonly host: string;
  readonly brand: string;
  readonly way: string;
}

/** Brands as a customer would name them. */
export const BRANDS: readonly string[] = [
  'icbc.com.cn',
  'ccb.com',
  'boc.cn',
  'abchina.com',
  'cmbchina.com',
  'alipay.com',
  'taobao.com',
  'wechat.com',
  'jd.com',
  'paypal.com',
  'microsoft.com',
  'unionpay.com',
];

const LOOKS: Readonly<Record<string, string>> = {
  a: 'а',
  c: 'с',
  e: 'е',
  i: '1',
  l: '1',
  o: '0',
  p: 'р',
  s: '5',
  y: 'у',
  x: 'х',
};

/** Way → a host that passes itself off as the brand; undefined where the name does not allow it. */
const IMITATIONS: Readonly<
  Record<string, (random: Random, name: string, brand: string) => string | undefined>
> = {
  'letters that look alike': (random, label) => {
    const places = [...label].flatMap((letter, at) => (LOOKS[letter] === undefined ? [] : [at]));
    if (places.length === 0) return undefined;
    const at = pick(random, places);
    return `${label.slice(0, at)}${LOOKS[label[at] as string]}${label.slice(at + 1)}.${pick(random, ['com', 'cn', 'top'])}`;
  },
  'one letter changed': (random, label) => {
    if (label.length < 5) return undefined;
    const at = Math.floor(random() * label.length);
    return `${label.slice(0, at)}${pick(
      random,
      [...'bdfghkqvwz'].filter((letter) => letter !== label[at]),
    )}${label.slice(at + 1)}.com`;
  },
  'one letter doubled': (random, label) => {
    if (label.length < 5) return undefined;
    const at = Math.floor(random() * label.length);
    return `${label.slice(0, at)}${label[at]}${label.slice(at)}.com`;
  },
  'one letter left out': (random, label) => {
    if (label.length < 6) return undefined;
    const at = Math.floor(random() * label.length);
    return `${label.slice(0, at)}${label.slice(at + 1)}.com`;
  },
  'with another word': (random, label) => {
    const bait = pick(random, ['login', 'verify', 'vip', 'kefu', 'bank', 'safe']);
    return pick(random, [`${label}-${bait}.com`, `${bait}-${label}.cn`, `${label}-${bait}.top`]);
  },
  'joined with a word': (random, label) =>
    label.length < 4 ? undefined : `${label}${pick(random, ['login', 'pay', 'vip', 'bank', '95588'])}.com`,
  'before another domain': (random, _, brand) => `www.${brand}.${word(random)}.top`,
  'another suffix': (random, label, brand) => {
    const suffix = pick(random, ['top', 'xyz', 'vip', 'cc', 'club']);
    return `${label}.${suffix}` === brand ? undefined : `${label}.${suffix}`;
  },
};

/** `count` hosts for every brand and way. */
export function writeLookAlikes(count: number, seed: number): DomainPair[] {
  const random = seededRandom(seed);
  return Object.entries(IMITATIONS).flatMap(([way, imitate]) =>
    BRANDS.flatMap((brand) =>
      repeat(count, () => imitate(random, brand.split('.')[0] as string, brand)).flatMap((host) =>
        host === undefined ? [] : [{ host, brand, way }],
      ),
    ),
  );
}

/** Hosts that are nobody's imitation: two words of a language that names companies, and the brands' own. */
export function writeHonestHosts(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const syllables = [
    'bei',
    'jing',
    'shang',
    'hai',
    'tian',
    'hua',
    'xin',
    'da',
    'long',
    'feng',
    'yuan',
    'tong',
    'ke',
    'ji',
    'wang',
    'luo',
    'mei',
    'shi',
    'ban',
    'ma',
    'li',
    'cheng',
    'zhong',
    'guo',
    'an',
    'pay',
    'bank',
    'soft',
    'micro',
    'tech',
    'card',
    'union',
    'apple',
    'chat',
    'jd',
    'ali',
    'tao',
    'bao',
    'cc',
    'bo',
  ];
  const honest = repeat(count, () => {
    const label = repeat(2 + Math.floor(random() * 3), () => pick(random, syllables)).join(
      random() < 0.2 ? '-' : '',
    );
    return `${pick(random, ['', 'www.', 'mail.', 'img.'])}${label}.${pick(random, TOPS)}`;
  });
  return [...honest, ...BRANDS, ...BRANDS.map((brand) => `www.${brand}`)];
}
