// Personal data as they are written in chats: each kind found with its exact place, near misses left alone.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { message, ruleOf, textsOf } from '../judging.testkit.ts';
import {
  bankCards,
  holdsTaiwanId,
  hongKongIds,
  ibans,
  mobiles,
  residentIds,
  socialCreditCodes,
  taiwanIds,
} from './personal-data/generate-ids.testkit.ts';
import { readPersonalData } from './personal-data/read-personal-data.ts';
import { listPersonalData } from './personal-data.ts';

/** `Kind:original text`, with `!` where the checksum is wrong. */
const found = (text: string): string[] =>
  readPersonalData(text).map(
    ({ kind, start, end, validity }) => `${kind}${validity === 'Valid' ? '' : '!'}:${text.slice(start, end)}`,
  );

test.each<[string, string[]]>([
  // Resident id.
  ['我的身份证110101199003077758号码', ['ResidentId:110101199003077758']],
  ['身份证號：１１０１０１１９９００３０７７７５８。', ['ResidentId:１１０１０１１９９００３０７７７５８']],
  ['110101 19900307 7758', ['ResidentId:110101 19900307 7758']],
  ['110101-19900307-7758', ['ResidentId:110101-19900307-7758']],
  ['1101 0119 9003 0777 58', ['ResidentId:1101 0119 9003 0777 58']],
  ['1 1 0 1 0 1 1 9 9 0 0 3 0 7 7 7 5 8', ['ResidentId:1 1 0 1 0 1 1 9 9 0 0 3 0 7 7 7 5 8']],
  ['1101\u200b01199003077758', ['ResidentId:1101\u200b01199003077758']],
  ['他的是11010119900307109x，对吗', ['ResidentId:11010119900307109x']],
  ['他的是11010119900307109Ｘ', ['ResidentId:11010119900307109Ｘ']],
  ['一一零一零一一九九零零三零七七七五八', ['ResidentId:一一零一零一一九九零零三零七七七五八']],
  ['110101199003077757', ['ResidentId!:110101199003077757']],
  ['老证130503670401001', ['ResidentId:130503670401001']],
  ['810000199408230021', ['ResidentId:810000199408230021']],
  ['110101199002307758', []],
  ['110101199013077758', []],
  ['991101199003077758', []],
  ['1110101199003077758', []],
  ['1101011990030777581', []],
  ['0.110101199003077758', []],
  ['订单202411241234567890', []],
  ['f110101199003077758', []],
  // Mobile.
  ['打我电话13800138000谢谢', ['Mobile:13800138000']],
  ['138 0013 8000/139-0013-9000', ['Mobile:138 0013 8000', 'Mobile:139-0013-9000']],
  ['电话+86 138-0013-8000谢谢', ['Mobile:+86 138-0013-8000']],
  ['+8613800138000', ['Mobile:+8613800138000']],
  ['0086-13800138000', ['Mobile:0086-13800138000']],
  ['13800138000 13900139000', ['Mobile:13800138000', 'Mobile:13900139000']],
  ['13800138000、13900139000', ['Mobile:13800138000', 'Mobile:13900139000']],
  ['一三八零零一三八零零零', ['Mobile:一三八零零一三八零零零']],
  ['幺三八〇〇幺三八〇〇〇', ['Mobile:幺三八〇〇幺三八〇〇〇']],
  ['壹叁捌零零壹叁捌零零零', ['Mobile:壹叁捌零零壹叁捌零零零']],
  ['1③⑧零零13八000', ['Mobile:1③⑧零零13八000']],
  ['方案一13800138000', ['Mobile:13800138000']],
  ['tel13800138000', ['Mobile:13800138000']],
  ['13800138000vx同号', ['Mobile:13800138000']],
  ['12800138000', []],
  ['15400138000', []],
  ['1380013800', []],
  ['138001380001', []],
  ['价格13 800 138 000', []],
  ['3.13800138000', []],
  ['a13800138000f', []],
  ['时间戳1732435200000', []],
  // Landline.
  ['座机010-62770001', ['Landline:010-62770001']],
  ['(0755)8888 1234', ['Landline:(0755)8888 1234']],
  ['（021）62770001转801', ['Landline:（021）62770001转801']],
  ['01062770001-8001', ['Landline:01062770001-8001']],
  ['+86 21 6277 0001', ['Landline:+86 21 6277 0001']],
  ['（010-62770001）', ['Landline:010-62770001']],
  ['（+86 13800138000）', ['Mobile:+86 13800138000']],
  ['6222 0812 3456 7890 128', ['BankCard!:6222 0812 3456 7890 128']],
  ['13800138000 010-62770001', ['Mobile:13800138000', 'Landline:010-62770001']],
  ['0800-62770001', []],
  ['010-6277000', []],
  ['010-627700012', []],
  // Bank cards.
  ['卡号6222021234567890128转我', ['BankCard:6222021234567890128']],
  ['6222 0212 3456 7890 128', ['BankCard:6222 0212 3456 7890 128']],
  ['6222 0212 3456 7890 123', ['BankCard!:6222 0212 3456 7890 123']],
  ['４１１１-１１１１-１１１１-１１１１', ['BankCard:４１１１-１１１１-１１１１-１１１１']],
  ['378282246310005', ['BankCard:378282246310005']],
  ['4111 1111 1111 1112', ['BankCard!:4111 1111 1111 1112']],
  ['4111111111111112', ['BankCard!:4111111111111112']],
  ['单号4111111111111111', []],
  ['2411240001234564', []],
  ['卡号2223003122003222', ['BankCard:2223003122003222']],
  ['6222021234567', []],
  ['1234567890123452', []],
  // Codes of companies.
  ['税号91350100M000100Y43开票', ['UnifiedSocialCreditCode:91350100M000100Y43']],
  ['9135 0100 M000 100Y 43', ['UnifiedSocialCreditCode:9135 0100 M000 100Y 43']],
  ['91350100m000100y43', ['UnifiedSocialCreditCode:91350100m000100y43']],
  ['91350100M000100Y44', ['UnifiedSocialCreditCode!:91350100M000100Y44']],
  ['91350100M000100Y4', []],
  ['91350100MO00100Y43', []],
  ['组织机构代码：60003734-1', ['OrganizationCode:60003734-1']],
  ['组织机构代码：60003734-2', ['OrganizationCode!:60003734-2']],
  ['60003734-1', []],
  // Hong Kong, Macau, Taiwan.
  ['身份證A123456(3)', ['HongKongId:A123456(3)']],
  ['A123456（3）', ['HongKongId:A123456（3）']],
  ['我係AB987654(3)', ['HongKongId:AB987654(3)']],
  ['a1234563', ['HongKongId:a1234563']],
  ['A123456(4)', ['HongKongId!:A123456(4)']],
  ['A1234564', []],
  ['身高165，20200724版本', []],
  ['单号130503670401001', []],
  ['ef87197b-0793-7962-3589-cab68576834e', []],
  ['AB9876543', []],
  ['HKID AB9876543', ['HongKongId:AB9876543']],
  ['ED3001010', ['Passport:ED3001010']],
  ['加Q6522846', ['Qq:6522846']],
  ['型号A1234563', []],
  ['a1234563-4590-ce11', []],
  ['单号13800138000', []],
  ['热线400-025-2379 2024', []],
  ['E1234567', []],
  ['EI1234567', []],
  ['model A1234563 is out', []],
  ['发票代码083645331690', []],
  ['单号111588676787856490', []],
  ['911100006000373416', []],
  ['A12345630', []],
  ['1234567(8)', ['MacauId:1234567(8)']],
  ['澳門身份證5215299/8', ['MacauId:5215299/8']],
  ['12345678', []],
  ['台灣A123456789', ['TaiwanId:A123456789']],
  ['A123456788', ['TaiwanId!:A123456788']],
  ['A323456789', []],
  ['回乡证H12345678', ['TravelPermit:H12345678']],
  ['台胞證號碼12345678', ['TravelPermit:12345678']],
  ['港澳通行证是C12345678', ['TravelPermit:C12345678']],
  ['型号H12345678', []],
  ['护照G12345678', ['Passport:G12345678']],
  ['EA1234567', ['Passport:EA1234567']],
  ['E12345678', ['Passport:E12345678']],
  ['E20240101', []],
  ['G12345678', []],
  ['外国人永居912156198503021253', ['ForeignResidentId!:912156198503021253']],
  ['CHN310081052801', ['ForeignResidentId:CHN310081052801']],
  ['+852 9123 4567', ['OverseasPhone:+852 9123 4567']],
  ['+886-912-345-678', ['OverseasPhone:+886-912-345-678']],
  ['+1 (212) 555 0100', ['OverseasPhone:+1 (212) 555 0100']],
  ['+852 123', []],
  ['0085291234567', ['OverseasPhone:0085291234567']],
  ['合同编号0091334458', []],
  // Plates.
  ['车牌京A·12345', ['VehiclePlate:京A·12345']],
  ['开沪AD12345来的', ['VehiclePlate:沪AD12345']],
  ['粵B12345D', ['VehiclePlate:粵B12345D']],
  ['粤Z1234港', ['VehiclePlate:粤Z1234港']],
  ['京A1234警', ['VehiclePlate:京A1234警']],
  ['使014578', ['VehiclePlate:使014578']],
  ['京I12345', []],
  ['京A1234', []],
  ['京A123456', []],
  ['北京A12345', []],
  ['新ABCDEFG', []],
  // What is announced.
  ['微信号abc_123加我', ['WeChatId:abc_123']],
  ['加V：lucky88888', ['WeChatId:lucky88888']],
  ['vx:Hello-2024', ['WeChatId:Hello-2024']],
  ['加我微信 hello_world', ['WeChatId:hello_world']],
  ['我是wxid_abcdef123456', ['WeChatId:wxid_abcdef123456']],
  ['V❤️：hello888', ['WeChatId:hello888']],
  ['加薇❤: abc12345', ['WeChatId:abc12345']],
  ['1380013800O', ['Mobile:1380013800O']],
  ['l3800l38000', ['Mobile:l3800l38000']],
  ['一三八，零零一三，八零零零', ['Mobile:一三八，零零一三，八零零零']],
  ['(852) 2345 6789', ['OverseasPhone:(852) 2345 6789']],
  ['zhangsan at 163 dot com', ['Email:zhangsan at 163 dot com']],
  ['meet me at example.com', []],
  [
    '杭州市西湖区文三路 478 号 华星时代广场 A 座 1201',
    ['Address:杭州市西湖区文三路 478 号 华星时代广场 A 座 1201'],
  ],
  ['朝阳区望京西园四区401号楼2单元1803', ['Address:朝阳区望京西园四区401号楼2单元1803']],
  ['微信 payment 不了', []],
  ['微信官方', []],
  ['QQ12345678', ['Qq:12345678']],
  ['扣扣：88888888', ['Qq:88888888']],
  ['12345678', []],
  ['邮箱zhang.san@example.com。', ['Email:zhang.san@example.com']],
  ['ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ', ['Email:ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ']],
  ['zhang(at)example[.]com', ['Email:zhang(at)example[.]com']],
  ['13800138000@163.com', ['Mobile:13800138000', 'Email:13800138000@163.com']],
  ['@张三 你好', []],
  ['a@b', []],
  ['GB29 NWBK 6016 1331 9268 19', ['Iban:GB29 NWBK 6016 1331 9268 19']],
  ['DE89370400440532013000付款', ['Iban:DE89370400440532013000']],
  ['DE88370400440532013000', ['Iban!:DE88370400440532013000']],
  ['DE8937040044053201300', []],
  [
    '收货地址：北京市朝阳区建国路88号SOHO现代城3号楼1201室',
    ['Address:北京市朝阳区建国路88号SOHO现代城3号楼1201室'],
  ],
  ['我住在中山路5号302室', ['Address:中山路5号302室']],
  ['广东省深圳市南山区科技园路一号', ['Address:广东省深圳市南山区科技园路一号']],
  ['中山路5号', []],
  ['今天是11月5号', []],
  ['坐3号线到朝阳区', []],
  ['姓名：张三电话13800138000', ['Name:张三', 'Mobile:13800138000']],
  ['收件人:欧阳娜娜', ['Name:欧阳娜娜']],
  ['我叫李小龙', ['Name:李小龙']],
  ['姓名：同上', []],
  ['张三说好', []],
  ['2024-01-01 12:00:00', []],
])('%s', (text, expected) => {
  expect(found(text)).toEqual(expected);
});

const HAN = fc.constantFrom('', '号码是', '我的：', '（', '请记，', '转给他 ', '。', '😀', '\u200b谢谢');
const CHECKED: readonly [string, fc.Arbitrary<string>][] = [
  ['ResidentId', residentIds],
  ['UnifiedSocialCreditCode', socialCreditCodes],
  ['BankCard', bankCards],
  ['HongKongId', hongKongIds],
  ['TaiwanId', taiwanIds],
  ['Iban', ibans],
];

describe.each(CHECKED)('%s', (kind, ids) => {
  it('is found wherever it stands, exactly, valid', () => {
    fc.assert(
      fc.property(HAN, ids, HAN, (before, id, after) => {
        expect(found(before + id + after)).toContainEqual(`${kind}:${id}`);
      }),
    );
  });

  it('is never valid with one digit changed', () => {
    fc.assert(
      fc.property(ids, fc.nat(), fc.integer({ min: 1, max: 9 }), (id, place, by) => {
        const changed = changeDigit(id, place, by);
        const isValid = readPersonalData(changed).some(
          (datum) => datum.kind === kind && datum.validity === 'Valid',
        );
        // Taiwan's weights share factors with its modulus, so its checksum misses some changes; no other does.
        expect(isValid).toBe(kind === 'TaiwanId' && holdsTaiwanId(changed));
      }),
    );
  });

  it('has a wrong checksum when only the check is changed', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 9 }), (id, by) => {
        const place = kind === 'Iban' ? 3 : id.length - (kind === 'HongKongId' ? 2 : 1);
        fc.pre(/\d/.test(id[place] as string));
        expect(found(replaceAt(id, place, by))).toContainEqual(`${kind}!:${replaceAt(id, place, by)}`);
      }),
    );
  });
});

function changeDigit(id: string, place: number, by: number): string {
  const places = [...id].flatMap((character, at) => (/\d/.test(character) ? [at] : []));
  return replaceAt(id, places[place % places.length] as number, by);
}

const replaceAt = (id: string, at: number, by: number): string =>
  `${id.slice(0, at)}${(Number(id[at]) + by) % 10}${id.slice(at + 1)}`;

it('finds mobile numbers in every usual grouping, width and numeral', () => {
  const write = fc.constantFrom<(number: string) => string>(
    (number) => number,
    (number) => number.replace(/^(...)(....)/, '$1-$2-'),
    (number) => number.replace(/^(...)(....)/, '$1 $2 '),
    (number) => [...number].join(' '),
    (number) => number.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
    (number) => number.replace(/\d/g, (digit) => '零一二三四五六七八九'[Number(digit)] as string),
    (number) => number.replace(/\d/g, (digit) => '〇壹贰叁肆伍陆柒捌玖'[Number(digit)] as string),
    (number) => number.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
  );
  fc.assert(
    fc.property(HAN, mobiles, HAN, write, (before, mobile, after, as) => {
      fc.pre(!/[一二三四五六七八九]$/.test(before));
      expect(found(before + as(mobile) + after)).toContainEqual(`Mobile:${as(mobile)}`);
    }),
  );
});

it('finds nothing inside longer runs of digits', () => {
  fc.assert(
    fc.property(fc.oneof(residentIds, mobiles, bankCards), fc.stringMatching(/^\d{8,12}$/), (id, more) => {
      const inside = readPersonalData(`${more}${id}${more}`).filter(({ start }) => start > 0);
      expect(inside).toEqual([]);
    }),
  );
});

it('gives spans inside the text, in order, with the text they speak of', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '身份证',
      '微信',
      'vx',
      'QQ',
      '@',
      '路',
      '号',
      '室',
      '姓名：',
      '京A',
      '+86',
      '-',
      ' ',
      '.',
      '(',
      '）',
      '一',
      '\u200b',
      '😀',
      'E',
      'x',
    ),
    fc.stringMatching(/^[0-9]{1,19}$/),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
    residentIds,
    mobiles,
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      let before = 0;
      for (const { start, end } of readPersonalData(text)) {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(text.length);
        before = start;
      }
    }),
  );
});

it('stays within bounds on 64 KiB of anything', () => {
  const size = 65_536;
  const fill = (piece: string): string => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  for (const piece of [
    '1',
    '1 ',
    '12-',
    '13800138000 ',
    '一',
    'a1',
    '@',
    'a@',
    '(',
    '微信',
    'gb29',
    '路1号',
    '姓名：',
    '110101199003077758',
    '京A',
    '+86 ',
  ])
    expect(readPersonalData(fill(piece)).length).toBeLessThanOrEqual(size);
});

describe('as a condition', () => {
  test.each<[string, object, string, string[]]>([
    ['hits every kind', {}, '张三13800138000，a@b.com', ['13800138000', 'a@b.com']],
    ['only of the kinds asked for', { kinds: ['Email'] }, '13800138000 a@b.com', ['a@b.com']],
    ['not where the checksum is wrong', { kinds: ['ResidentId'] }, '110101199003077757', []],
    [
      'there, when asked',
      { kinds: ['ResidentId'], validity: ['ChecksumWrong'] },
      '110101199003077757和110101199003077758',
      ['110101199003077757'],
    ],
    [
      'from a number of distinct values',
      { kinds: ['Mobile'], atLeast: 2 },
      '13800138000、13900139000',
      ['13800138000', '13900139000'],
    ],
    ['not below it', { kinds: ['Mobile'], atLeast: 2 }, '13800138000，再说一遍138-0013-8000', []],
  ])('%s', (_, options, text, expected) => {
    expect(textsOf(ruleOf({ any: [{ personalData: options }] }), message(text))).toEqual(expected);
  });

  it('says what was seen, in one spelling, and which kind', () => {
    const engine = ruleOf({ any: [{ personalData: { validity: ['ChecksumWrong'] } }] });
    expect(evaluate(engine, message('证件：1101 0119 9003 0777 57'))[0]?.evidence).toEqual([
      {
        path: 'text.content',
        start: 3,
        end: 25,
        text: '1101 0119 9003 0777 57',
        seen: '110101199003077757',
        view: 'Folded',
        condition: 'any[0].personalData.ResidentId.ChecksumWrong',
      },
    ]);
  });

  it('takes what it overlaps out of a rule', () => {
    const engine = ruleOf({
      any: [{ pattern: { regex: '\\d{11}' } }],
      not: [{ personalData: { kinds: ['Mobile'] } }],
    });
    expect(textsOf(engine, message('13800138000 12345678901'))).toEqual(['12345678901']);
  });

  it('counts over all texts of the message', () => {
    const texts = ['13800138000', '13900139000'].map((text, at) => ({ path: `item[${at}]`, text }));
    const engine = ruleOf({ any: [{ personalData: { atLeast: 2 } }] });
    expect(textsOf(engine, message('', { texts }))).toEqual(['13800138000', '13900139000']);
  });

  // A clue that is wrongly false is a miss: the condition must find what reading every text finds.
  it('wakes for whatever reading finds, in any disguise', () => {
    const disguise = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => [...text].join('\u200b'),
      (text) => text.replace(/[!-~]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0)),
      (text) => text.replace(/\d/g, (digit) => '零一二三四五六七八九'[Number(digit)] as string),
      (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
      (text) => text.replace(/号/g, '號').replace(/云/g, '雲'),
    );
    const datum = fc.oneof(
      residentIds,
      socialCreditCodes,
      bankCards,
      mobiles,
      hongKongIds,
      taiwanIds,
      ibans,
      fc.constantFrom(
        'a@b.com',
        'a(at)b.com',
        '加V：lucky88888',
        '微信号abc_123',
        '姓名：张三',
        '云A12345',
        '京A·D2345X',
        '朝阳区建国路8号',
        '中山路5号A座',
        '使014578',
        'QQ12345',
        'wxid_abcdef123456',
        'name: zhang san',
      ),
    );
    fc.assert(
      fc.property(datum, disguise, (text, as) => {
        const written = as(text);
        const kinds = new Set(
          readPersonalData(written)
            .filter(({ validity }) => validity === 'Valid')
            .map(({ kind }) => kind),
        );
        for (const kind of kinds)
          expect(
            textsOf(ruleOf({ any: [{ personalData: { kinds: [kind] } }] }), message(written)),
          ).not.toEqual([]);
      }),
    );
  });
});

it('lists with values masked', () => {
  expect(listPersonalData('张三13800138000')).toEqual([
    { kind: 'Mobile', start: 2, end: 13, value: '13*******00', validity: 'Valid' },
  ]);
});
