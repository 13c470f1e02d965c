// Addresses as they are written in chats, with their exact place, their kind and whose they pretend to be.
import type { Digest } from '@menshen/contracts/digest';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { engineOf, message, problemsOf, ruleOf, textsOf } from '../judging.testkit.ts';
import { showsUrl } from './signs.ts';
import { lookAlike, readBrand, readHostName } from './urls/look-alikes.ts';
import { toUnicodeHost } from './urls/punycode.ts';
import { readUrls } from './urls/read-urls.ts';
import { registrableDomain } from './urls/registrable-domain.ts';
import { listUrls, type UrlsOptions } from './urls.ts';

const found = (text: string): string[] => readUrls(text).map(({ start, end }) => text.slice(start, end));

describe('the place', () => {
  test.each<[string, string[]]>([
    ['点击https://evil.com/a?b=1查看', ['https://evil.com/a?b=1']],
    ['看https://pan.baidu.com/s/1abcDEF提取码1234', ['https://pan.baidu.com/s/1abcDEF']],
    ['链接：http://a.com，密码', ['http://a.com']],
    ['https://a.com。', ['https://a.com']],
    ['(https://a.com/x)', ['https://a.com/x']],
    ['https://a.com/x_(y)_z', ['https://a.com/x_(y)_z']],
    ['见 https://a.com/x.', ['https://a.com/x']],
    ['<https://a.com/x>', ['https://a.com/x']],
    ['"https://a.com/x"', ['https://a.com/x']],
    ['https://a.com/x,https://b.com/y', ['https://a.com/x', 'https://b.com/y']],
    ['https://a.com/xhttps://b.com/y', ['https://a.com/x', 'https://b.com/y']],
    ['https://a.com/go?to=https://b.com/y', ['https://a.com/go?to=https://b.com/y']],
    ['a.com/go?to=https://b.com/y', ['a.com/go?to=https://b.com/y']],
    ['http://a.com./x', ['http://a.com']],
    ['两个http://a.com和http://b.com', ['http://a.com', 'http://b.com']],
    ['HTTPS://A.COM/X', ['HTTPS://A.COM/X']],
    ['hxxps://evil.com/x', ['hxxps://evil.com/x']],
    ['hxxp[:]//evil[.]com/x', ['hxxp[:]//evil[.]com/x']],
    ['evil[.]com', ['evil[.]com']],
    ['evil(dot)com加我', ['evil(dot)com']],
    ['evil dot com', ['evil dot com']],
    ['evil点com', ['evil点com']],
    ['evil。com看看', ['evil。com']],
    ['ｅｖｉｌ．ｃｏｍ', ['ｅｖｉｌ．ｃｏｍ']],
    ['https：／／evil．com／x', ['https：／／evil．com／x']],
    ['ev\u200bil.c\u200bom', ['ev\u200bil.c\u200bom']],
    ['加我t.cn/A6abc', ['t.cn/A6abc']],
    ['加我t.cn', ['t.cn']],
    ['打开baidu.com看看', ['baidu.com']],
    ['www.example.com.cn:8080/x#y', ['www.example.com.cn:8080/x#y']],
    ['访问例子.中国看看', ['例子.中国']],
    ['https://例子.中国/路径', ['https://例子.中国/']],
    ['https://例子.中国的网站', ['https://例子.中国']],
    ['去支付宝.com领', ['支付宝.com']],
    ['xn--fiqs8s.xn--fiqz9s', ['xn--fiqs8s.xn--fiqz9s']],
    ['http://1.2.3.4:8080/x', ['http://1.2.3.4:8080/x']],
    ['服务器10.0.0.12上', ['10.0.0.12']],
    ['http://3232235777/', ['http://3232235777/']],
    ['http://0xC0A80101/', ['http://0xC0A80101/']],
    ['http://[::1]:80/x', ['http://[::1]:80/x']],
    ['https://www.icbc.com.cn@evil.com/login', ['https://www.icbc.com.cn@evil.com/login']],
    ['weixin://dl/business/?t=abc复制', ['weixin://dl/business/?t=abc']],
    ['alipays://platformapi/startapp?appId=1', ['alipays://platformapi/startapp?appId=1']],
    ['javascript:alert(1)', ['javascript:alert(1)']],
    ['magnet:?xt=urn:btih:abc', ['magnet:?xt=urn:btih:abc']],
    ['http://localhost:3000/a', ['http://localhost:3000/a']],
    ['аррlе.com', ['аррlе.com']],
    ['https:\\\\evil.com\\x', ['https:\\\\evil.com\\x']],
    ['看完example.com.Thanks', ['example.com']],
    ['b23.tv/abc', ['b23.tv/abc']],
    ['foo.md/x', ['foo.md/x']],
    ['www点taobao点com', ['www点taobao点com']],
    ['evil . com', ['evil . com']],
    ['evil. com', ['evil. com']],
    ['http://①②⑦.⓪.⓪.①/', ['http://①②⑦.⓪.⓪.①/']],
    ['看#小程序://某某/abc', ['#小程序://某某/abc']],
    // What is none.
    ['user.name', []],
    ['Mr.Ng', []],
    ['open。tw', []],
    ['abc。com。hk看', ['abc。com。hk']],
    ['Thanks. Come', []],
    ['邮箱zhang@example.com', []],
    ['zhang.cn@example.com', []],
    ['版本1.2.3.4', []],
    ['v10.0.0.12', []],
    ['第3.2.1.1节', []],
    ['价格3.5元，共1.2.3', []],
    ['readme.md和main.py', []],
    ['用Node.js写', []],
    ['学ASP.NET', []],
    ['好的。那', []],
    ['ok。yes', []],
    ['received。FYI the report', []],
    ['www。evil。com/x', ['www。evil。com/x']],
    ['...然后', []],
    ['1.苹果 2.香蕉', []],
    ['结束了.It is', []],
    ['http://', []],
    ['密码：abc', []],
    ['10:30', []],
  ])('of what is in %s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });
});

test.each<[string, string, string, string[]]>([
  ['https://www.icbc.com.cn@evil.com/login', 'evil.com', 'evil.com', ['UserInfo']],
  ['https://pay.icbc.com.cn', 'pay.icbc.com.cn', 'icbc.com.cn', []],
  ['hxxp://a.evil[.]com', 'a.evil.com', 'evil.com', ['Disguised']],
  ['evil。com', 'evil.com', 'evil.com', ['Disguised']],
  ['http://3232235777/', '192.168.1.1', '192.168.1.1', ['Ip']],
  ['http://0xC0.0xA8.1.1/', '192.168.1.1', '192.168.1.1', ['Ip']],
  ['http://0300.0250.1.1/', '192.168.1.1', '192.168.1.1', ['Ip']],
  ['http://[::1]/', '[::1]', '[::1]', ['Ip']],
  ['http://a.com:8443/', 'a.com', 'a.com', ['Port']],
  ['https://a.com:443/', 'a.com', 'a.com', []],
  ['t.cn/abc', 't.cn', 't.cn', ['ShortLink']],
  ['http://xn--fiqs8s.xn--fiqz9s', '中国.中國', '中国.中國', ['Punycode']],
  ['http://xn--80ak6aa92e.com', 'аррӏе.com', 'аррӏе.com', ['Punycode']],
  ['http://аpple.com', 'аpple.com', 'аpple.com', ['Punycode', 'MixedScripts']],
  ['weixin://dl/business/?t=1', '', '', ['Scheme']],
  ['http://%65vil.com', 'evil.com', 'evil.com', []],
  ['https://icbc.com.cn%40evil.com/x', 'evil.com', 'evil.com', ['UserInfo']],
  ['http://shop.myname.github.io/x', 'shop.myname.github.io', 'myname.github.io', []],
])('%s leads to %s of %s', (text, host, domain, kinds) => {
  const [url] = readUrls(text);
  expect([url?.host, url?.domain, url?.kinds]).toEqual([host, domain, kinds]);
});

test.each([
  ['www.icbc.com.cn', 'icbc.com.cn'],
  ['a.b.co.uk', 'b.co.uk'],
  ['com.cn', 'com.cn'],
  ['example.com', 'example.com'],
  ['a.bj.cn', 'a.bj.cn'],
  ['localhost', 'localhost'],
  ['例子.公司.cn', '公司.cn'],
])('the registrable domain of %s is %s', (host, domain) => {
  expect(registrableDomain(host)).toBe(domain);
});

test.each([
  ['xn--fsqu00a.xn--0zwm56d', '例子.测试'],
  ['xn--mnchen-3ya.de', 'münchen.de'],
  ['xn--80akhbyknj4f.com', 'испытание.com'],
  ['xn--ls8h.la', '💩.la'],
  ['xn--99999999999.com', 'xn--99999999999.com'],
  ['xn--.com', 'xn--.com'],
])('%s is %s', (ascii, unicode) => {
  expect(toUnicodeHost(ascii)).toBe(unicode);
});

test.each<[string, string, string | undefined]>([
  ['icbc.com.cn', 'icbc.com.cn', undefined],
  ['pay.icbc.com.cn', 'icbc.com.cn', undefined],
  ['icbc.top', 'icbc.com.cn', 'OtherSuffix'],
  ['1cbc.com.cn', 'icbc.com.cn', 'SameLook'],
  ['lcbc.com', 'icbc.com.cn', 'SameLook'],
  ['www.icbc.com.cn.evil.top', 'icbc.com.cn', 'Subdomain'],
  ['icbc.evil.top', 'icbc.com.cn', 'Subdomain'],
  ['secure-icbc.top', 'icbc.com.cn', 'Embedded'],
  ['icbc95588.com', 'icbc.com.cn', 'Embedded'],
  ['icbclogin.com', 'icbc.com.cn', 'Embedded'],
  ['alipay.cn', 'alipay.com', 'OtherSuffix'],
  ['alipa.com', 'alipay.com', 'OneEdit'],
  ['alippay.com', 'alipay.com', 'OneEdit'],
  ['ailpay.com', 'alipay.com', 'SameLook'],
  ['toabao.com', 'taobao.com', 'OneEdit'],
  ['a1ipay.com', 'alipay.com', 'SameLook'],
  ['alipaysafe.com', 'alipay.com', 'Embedded'],
  ['раураl.com', 'paypal.com', 'SameLook'],
  ['paypаl.com', 'paypal.com', 'SameLook'],
  ['páypal.com', 'paypal.com', 'SameLook'],
  ['rnicrosoft.com', 'microsoft.com', 'SameLook'],
  ['vvechat.com', 'wechat.com', 'SameLook'],
  ['jd.xyz', 'jd.com', 'OtherSuffix'],
  ['jb.com', 'jd.com', undefined],
  ['jdl.com', 'jd.com', undefined],
  ['ali-pay.com', 'alipay.com', 'SameLook'],
  ['ali.pay.com', 'alipay.com', 'Subdomain'],
  ['icbb.com.cn', 'icbc.com.cn', 'OneEdit'],
  ['icbb.top', 'icbc.com.cn', undefined],
  ['ᴀʟɪpay.com', 'alipay.com', 'SameLook'],
  ['ɑlipɑy.com', 'alipay.com', 'SameLook'],
  ['jd-login.com', 'jd.com', 'Embedded'],
  ['jd-sports.com', 'jd.com', undefined],
  ['abcina.com', 'abchina.com', 'OneEdit'],
  ['pineapple.com', 'apple.com', undefined],
  ['example.com', 'icbc.com.cn', undefined],
  ['abcd.com', 'icbc.com.cn', undefined],
])('%s beside %s: %s', (host, brand, way) => {
  expect(lookAlike(readHostName(host), readBrand(brand))).toBe(way);
});

const labels = fc.stringMatching(/^[a-z][a-z0-9]{2,10}$/);
const addresses = fc
  .tuple(
    fc.constantFrom('https://', 'http://', ''),
    labels,
    fc.constantFrom('com', 'cn', 'com.cn', 'top', 'xyz', 'net'),
    fc.constantFrom('', '/a', '/s/1abc?x=1&y=2', ':8080/z', '/a_(b)'),
  )
  .map(([scheme, name, top, path]) => `${scheme}${name}.${top}${path}`);
const HAN = fc.constantFrom('', '点击', '看这个：', '，', '（', '。', '」', '\n', ' ', '😀', '的');

it('finds an address wherever it stands in running Chinese, exactly', () => {
  fc.assert(
    fc.property(HAN, addresses, HAN, (before, address, after) => {
      expect(found(before + address + after)).toEqual([address]);
    }),
  );
});

it('sees through every disguise', () => {
  const disguise = fc.constantFrom<(address: string) => string>(
    (address) => address.replaceAll('.', '[.]'),
    (address) => address.replaceAll('.', '(dot)'),
    (address) => address.replaceAll('.', '。'),
    (address) => address.replaceAll('.', '．'),
    (address) => address.replace(/^http/, 'hxxp'),
    (address) => address.replaceAll('.', '.\u200b'),
    (address) => address.replace(/[a-z0-9.:/]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0)),
  );
  const plain = fc
    .tuple(labels, fc.constantFrom('com', 'cn', 'top'))
    .map(([name, top]) => `http://${name}.${top}`);
  fc.assert(
    fc.property(HAN, plain, HAN, disguise, (before, address, after, as) => {
      const [url, ...others] = readUrls(before + as(address) + after);
      expect(others).toEqual([]);
      expect(url?.host).toBe(new URL(address).hostname);
      expect((before + as(address) + after).slice(url?.start, url?.end)).toBe(as(address));
    }),
  );
});

const PIECES = fc.oneof(
  fc.constantFrom(
    '.',
    '。',
    '点',
    '://',
    ':',
    '/',
    '[.]',
    '(dot)',
    '@',
    'com',
    'cn',
    '中国',
    'http',
    'hxxp',
    'www',
    '8080',
    '[',
    ']',
    '(',
    ')',
    '\u200b',
    '　',
    '，',
    'xn--',
    '%',
    'javascript:',
    '1.2.3.4',
    'weixin',
    '😀',
  ),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  addresses,
);

it('gives places inside the text, in order, whatever the text', () => {
  fc.assert(
    fc.property(fc.array(PIECES, { maxLength: 14 }), (pieces) => {
      const text = pieces.join('');
      let before = 0;
      for (const { start, end } of readUrls(text)) {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(start);
        before = end;
      }
      expect(before).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 1000 },
  );
});

it('reads every text that holds an address', () => {
  fc.assert(
    fc.property(fc.array(PIECES, { maxLength: 14 }), (pieces) => {
      const text = pieces.join('');
      if (readUrls(text).length > 0) expect(showsUrl(text)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

it('reads a disguised dot behind a hyphen', () => {
  expect(showsUrl('xn--。cn')).toBe(true);
});

test.each(['hello', '好的，明天见', '3.5元', '10:30开会', '价格：100', '...', '哈哈。好'])(
  'does not read %s',
  (text) => {
    expect(showsUrl(text)).toBe(false);
  },
);

describe('64 KiB of anything', () => {
  test.each([
    'a.',
    'http://',
    'http:/',
    'a:/',
    'a.com ',
    'http://a.com/(',
    '点',
    '。',
    '[.]',
    '例.中国',
    '1.',
    '@',
    'a@',
    '://',
    'xn--a.',
    '/',
    'javascript:a',
    '.中国',
    ')',
  ])('of %s stays within bounds', (piece) => {
    const text = piece.repeat(Math.ceil(65_536 / piece.length));
    expect(readUrls(text).length).toBeLessThanOrEqual(text.length);
  });
  it('finds 10,000 addresses', () => {
    const all = Array.from({ length: 10_000 }, (_, number) => `看http://a${number}.com/x`).join('，');
    expect(readUrls(all)).toHaveLength(10_000);
  });
});

describe('as a condition', () => {
  const hits = (options: UrlsOptions, text: string): string[] =>
    textsOf(ruleOf({ any: [{ urls: options }] }), message(text));

  test.each<[string, UrlsOptions, string, string[]]>([
    ['any address', {}, '看a.com和b.cn/x', ['a.com', 'b.cn/x']],
    [
      'domains and what is below them',
      { domains: ['evil.com'] },
      'evil.com a.evil.com notevil.com',
      ['evil.com', 'a.evil.com'],
    ],
    [
      'what is on no list',
      { notDomains: ['acme.com'] },
      'https://www.acme.com https://other.com weixin://dl',
      ['https://other.com'],
    ],
    ['kinds', { kinds: ['ShortLink', 'Ip'] }, 't.cn/x a.com http://1.2.3.4/', ['t.cn/x', 'http://1.2.3.4/']],
    ['look-alikes', { lookAlikeOf: ['icbc.com.cn'] }, 'icbc.com.cn icbc-login.top', ['icbc-login.top']],
    [
      'look-alikes other than the sisters',
      { lookAlikeOf: ['alipay.com'], notDomains: ['alipay-corp.com'] },
      'alipay-corp.com alipay-vip.com',
      ['alipay-vip.com'],
    ],
    [
      'not one brand as the look-alike of another',
      { lookAlikeOf: ['alipay.com', 'alipay.hk'] },
      'alipay.com alipay.hk',
      [],
    ],
    [
      'everything at once',
      { kinds: ['Port'], domains: ['evil.com'] },
      'evil.com:8080 evil.com a.com:8080',
      ['evil.com:8080'],
    ],
    [
      'a list in Punycode',
      { domains: ['xn--fsqu00a.xn--0zwm56d'] },
      'http://例子.测试/',
      ['http://例子.测试/'],
    ],
  ])('hits %s', (_, options, text, expected) => {
    expect(hits(options, text)).toEqual(expected);
  });

  it('takes lists from the object store', () => {
    const digest: Digest = `sha256:${'b'.repeat(64)}`;
    const lexicons = new Map([[digest, ['evil.com', 'https://bad.cn/', '*.worse.top']]]);
    const rules = [{ name: 'r', any: [{ urls: { domainsRef: { digest } } }] }];
    const engine = engineOf({ policy: { rules } }, lexicons);
    expect(textsOf(engine, message('www.evil.com bad.cn/x a.worse.top good.com'))).toEqual([
      'www.evil.com',
      'bad.cn/x',
      'a.worse.top',
    ]);
    expect(problemsOf({ rules })).toMatchObject([{ path: 'spec.rules[0].any[0].urls.domainsRef.digest' }]);
  });

  describe('listedIn', () => {
    const [hosts, pages]: [Digest, Digest] = [`sha256:${'c'.repeat(64)}`, `sha256:${'d'.repeat(64)}`];
    const lexicons = new Map([
      [hosts, ['evil.com', '*.worse.top', 'https://xn--fsqu00a.xn--0zwm56d/']],
      [pages, ['https://docs.google.com/forms/d/1/', 'http://u@Shop.example.com:8080/a?id=7#top']],
    ]);
    const rules = [{ name: 'r', any: [{ urls: { listedIn: [{ digest: hosts }, { digest: pages }] } }] }];
    const engine = engineOf({ policy: { rules } }, lexicons);
    test.each<[string, string, Digest | undefined]>([
      ['a host', 'evil.com', hosts],
      ['below a host, in disguise', '看hxxp://a.evil[.]com/x', hosts],
      ['below a star', 'a.worse.top', hosts],
      ['a host beyond ASCII', 'http://例子.测试/x', hosts],
      ['a page', 'https://docs.google.com/forms/d/1', pages],
      ['a page with any query', 'https://docs.google.com/forms/d/1?usp=send', pages],
      ['another page of its host', 'https://docs.google.com/forms/d/2', undefined],
      ['its host itself', 'https://docs.google.com/', undefined],
      ['a page whose query is listed', 'http://shop.example.com/a?id=7', pages],
      ['with another query', 'http://shop.example.com/a?id=8', undefined],
      ['what is on no list', 'example.com/evil.com', undefined],
    ])('%s', (_what, text, digest) => {
      const found = evaluate(engine, message(text)).flatMap(({ evidence }) => evidence);
      expect(found.map(({ condition }) => condition)).toEqual(
        digest === undefined ? [] : [`any[0].urls.listedIn[${digest === hosts ? 0 : 1}].${digest}`],
      );
    });

    it('names a list that is not there', () => {
      expect(problemsOf({ rules })).toMatchObject([
        { path: 'spec.rules[0].any[0].urls.listedIn[0].digest', value: hosts },
        { path: 'spec.rules[0].any[0].urls.listedIn[1].digest', value: pages },
      ]);
    });
  });

  it('refuses a brand that is no domain', () => {
    expect(problemsOf({ rules: [{ name: 'r', any: [{ urls: { lookAlikeOf: ['icbc'] } }] }] })).toMatchObject([
      { path: 'spec.rules[0].any[0].urls.lookAlikeOf[0]', value: 'icbc', message: 'not a domain' },
    ]);
  });
});

it('lists with host, domain and kinds', () => {
  expect(listUrls('看hxxp://a.evil[.]com:8080/x')).toEqual([
    {
      kind: 'Url',
      start: 1,
      end: 27,
      value: 'http://a.evil.com:8080/x',
      validity: 'Valid',
      host: 'a.evil.com',
      domain: 'evil.com',
      kinds: ['Port', 'Disguised'],
    },
  ]);
});
