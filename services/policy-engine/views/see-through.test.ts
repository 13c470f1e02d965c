// What each view sees, with the evidence it gives: the original text and its place.
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { message, ruleOf, textsOf } from '../judging.testkit.ts';

type Case = [text: string, evidence: string[]];

/** The evidence of a condition that looks for `terms` through one view. */
function look(view: string, terms: readonly string[], text: string): string[] {
  return textsOf(ruleOf({ any: [{ keywords: { terms, see: [view] } }] }), message(text));
}

/** View and what was seen, of each piece of evidence. */
function seen(see: readonly string[], terms: readonly string[], text: string): string[] {
  const engine = ruleOf({ any: [{ keywords: { terms, see } }] });
  return evaluate(engine, message(text)).flatMap(({ evidence }) =>
    evidence.map((one) => `${one.view} ${one.seen} ${one.start}-${one.end}`),
  );
}

describe('Folded sees lookalike letters', () => {
  test.each<Case>([
    ['加VІP群', ['VІP']],
    ['发раssword给我', ['раssword']],
    ['νιρ 客户', ['νιρ']],
    ['ᴠɪᴘ客户', ['ᴠɪᴘ']],
    ['Вот мой ріv', []],
  ])('%s', (text, evidence) => {
    expect(look('Folded', ['vip', 'password', 'bot'], text)).toEqual(evidence);
  });

  test.each<Case>([
    ['努カ啊', ['努カ']],
    ['トンカツとエロ', []],
  ])('and kana for characters: %s', (text, evidence) => {
    expect(look('Folded', ['努力', '工口'], text)).toEqual(evidence);
  });

  it('and leaves Russian what it is', () => {
    expect(look('Folded', ['вот'], 'ну вот и всё')).toEqual(['вот']);
    expect(look('Separators', ['вот так'], 'ну вот-так и всё')).toEqual(['вот-так']);
  });
});

describe('Separators sees', () => {
  test.each<Case>([
    ['保 本', ['保 本']],
    ['保。。本', ['保。。本']],
    ['绝对保.*本哦', ['保.*本']],
    ['保😀本', ['保😀本']],
    ['保👍🏻\u200b本', ['保👍🏻\u200b本']],
    ['保丨本', ['保丨本']],
    ['保\n本', ['保\n本']],
    ['保\u3000本', ['保\u3000本']],
    ['𠮷保-本𠮷', ['保-本']],
    ['p-a-s-s 卡', ['p-a-s-s']],
    ['r i s k f r e e', ['r i s k f r e e']],
    ['riskfree', ['riskfree']],
    // What is written plainly it sees too.
    ['这个保本', ['保本']],
    // The whole word is asked for in the text as it stands.
    ['com pass', ['pass']],
    ['com-p-a-s-s-es', ['p-a-s-s']],
    // Two clauses, two words.
    ['已经投保，本周生效', []],
    ['确保 本月完成', []],
    ['保证，本金安全', []],
  ])('%s', (text, evidence) => {
    expect(look('Separators', ['保本', 'pass', 'risk free'], text)).toEqual(evidence);
  });
});

describe('Emoji sees', () => {
  test.each<Case>([
    ['赚💰咯', ['赚💰']],
    ['加我V信', ['加我V信']],
    ['加我薇❤️哈', ['加我薇❤️']],
    ['操你👩', []],
    ['傻🐴蛋', ['傻🐴蛋']],
    ['👴们', ['👴们']],
    ['💊丸', ['💊丸']],
    ['💰😀', []],
    ['赚 大 💰', []],
  ])('%s', (text, evidence) => {
    expect(look('Emoji', ['赚钱', '加我微信', '傻妈蛋', '爷们', '药丸'], text)).toEqual(evidence);
  });
});

describe('Numbers sees', () => {
  test.each<Case>([
    ['拨一二三四五', ['一二三四五']],
    ['拨壹贰叁肆伍', ['壹贰叁肆伍']],
    ['拨①②③④⑤', ['①②③④⑤']],
    ['拨１２３ ４５', ['１２３ ４５']],
    ['拨幺两三四五', ['幺两三四五']],
    ['一夜情', ['一夜情']],
    ['1夜情', ['1夜情']],
    ['返十五个点', ['返十五个点']],
    ['返15个点', ['返15个点']],
    ['一一二三四五六', []],
  ])('%s', (text, evidence) => {
    expect(look('Numbers', ['12345', '一夜情', '返15个点'], text)).toEqual(evidence);
  });
});

describe('Leet sees', () => {
  test.each<Case>([
    ['p@ssw0rd', ['p@ssw0rd']],
    ['ins1der tip', ['ins1der tip']],
    ['1nsider tip', ['1nsider tip']],
    ['k1ckback!', ['k1ckback']],
    ['k1ckb4ck给你', ['k1ckb4ck']],
    ['he11', ['he11']],
    ['50', []],
    ['order 50 so', ['so']],
  ])('%s', (text, evidence) => {
    expect(look('Leet', ['password', 'insider tip', 'kickback', 'hell', 'so'], text)).toEqual(evidence);
  });
});

describe('Split sees', () => {
  test.each<Case>([
    ['违氵去', ['违氵去']],
    ['诈马扁', ['诈马扁']],
    ['讠乍马扁', ['讠乍马扁']],
    ['讠 乍 骗', ['讠 乍 骗']],
    ['亻言用卡', ['亻言用卡']],
    ['贝者博', ['贝者博']],
    ['钅戋', []],
  ])('%s', (text, evidence) => {
    expect(look('Split', ['违法', '诈骗', '信用卡', '赌博'], text)).toEqual(evidence);
  });
});

describe('Pinyin sees', () => {
  test.each<Case>([
    ['这个宝本', ['宝本']],
    ['bao ben产品', ['bao ben']],
    ['保ben产品', ['保ben']],
    ['baoben', ['baoben']],
    ['woyaobaobenlicai', ['baoben']],
    ['bǎo běn', ['bǎo běn']],
    ['bao3ben3', ['bao3ben']],
    ['内目xiao息', ['内目xiao息']],
    ['zengquan', ['zengquan']],
    ['银航卡', ['银航卡']],
    ['吟行卡', ['吟行卡']],
    ['yinhangka', ['yinhangka']],
    ['fangan书', ['fangan书']],
    // Words of their own, and halves of neighbours.
    ['非但如此', []],
    ['汇报本周', []],
    ['women are here', []],
  ])('%s', (text, evidence) => {
    const terms = ['保本', '内幕消息', '证券', '银行卡', '方案书', '飞单', '我们'];
    expect(look('Pinyin', terms, text)).toEqual(evidence);
  });

  it('says what was heard', () => {
    expect(seen(['Pinyin'], ['保本'], '来个bao本吧')).toEqual(['Pinyin bao ben 2-6']);
    expect(seen(['Pinyin'], ['保本'], '来个保本吧')).toEqual(['Folded 保本 2-4']);
  });
});

describe('Initials sees', () => {
  test.each<Case>([
    ['来点bb吧', ['bb']],
    ['b本产品', ['b本']],
    ['保b', ['保b']],
    ['nmxx', ['nmxx']],
    ['bbc', []],
    ['abb', []],
    ['b b', []],
    ['yhk', ['yhk']],
  ])('%s', (text, evidence) => {
    expect(look('Initials', ['保本', '内幕消息', '银行卡'], text)).toEqual(evidence);
  });
});

describe('Reversed sees', () => {
  test.each<Case>([
    ['息消幕内', ['息消幕内']],
    ['息 消 幕 内', ['息 消 幕 内']],
    ['本保', ['本保']],
    ['议会', []],
  ])('%s', (text, evidence) => {
    expect(look('Reversed', ['内幕消息', '保本', '会议'], text)).toEqual(evidence);
  });
});

it('names the plainest view of those that see a place', () => {
  expect(seen(['Pinyin', 'Separators', 'Folded'], ['内幕消息'], '内幕消息 内幕·消息 内木消息')).toEqual([
    'Folded 内幕消息 0-4',
    'Pinyin nei mu xiao xi 5-10',
    'Pinyin nei mu xiao xi 11-15',
  ]);
  expect(seen(['Folded', 'Separators', 'Pinyin'], ['内幕消息'], '内幕·消息')).toEqual([
    'Separators 内幕消息 0-5',
  ]);
});

it('sees a single character at the end of a text whatever was read before', () => {
  const engine = ruleOf({ any: [{ keywords: { terms: ['😀赌'], see: ['Reversed'] } }] });
  const look = (text: string): string[] => textsOf(engine, message(text));
  // 赌博 is a word, and its second character must not be left standing behind the next text.
  look('说 赌博');
  expect(look('说 赌')).toEqual(['赌']);
});
