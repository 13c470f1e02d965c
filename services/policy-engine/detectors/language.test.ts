// Languages told from short chats. The sentences were made for the test; the table states what is reached on them, so that a change
// that makes a language worse is seen.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { message, problemsOf, ruleOf, textsOf } from '../judging.testkit.ts';
import { cutPieces, SENTENCES, SHORT_CANTONESE } from './language/sentences.testkit.ts';
import { listLanguages } from './language.ts';

/** The language with most letters. */
function mainLanguage(text: string): string {
  const letters = new Map<string, number>();
  for (const span of listLanguages(text))
    letters.set(span.language, (letters.get(span.language) ?? 0) + span.letters);
  return [...letters].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'none';
}

/** Language → least share told rightly, in percent, of pieces of 5, 10 and 20 characters and of whole sentences. */
const ACCURACY: Readonly<Record<string, readonly [number, number, number, number]>> = {
  'zh-Hans': [97, 97, 100, 100],
  'zh-Hant': [90, 97, 100, 100],
  yue: [75, 97, 100, 100],
  wuu: [50, 97, 100, 100],
  nan: [80, 97, 100, 100],
  hak: [80, 97, 100, 100],
  en: [85, 95, 97, 100],
  de: [80, 95, 97, 100],
  fr: [75, 75, 85, 100],
  es: [50, 80, 97, 100],
  pt: [50, 75, 97, 100],
  it: [50, 85, 97, 100],
  tr: [70, 80, 97, 100],
  vi: [90, 97, 97, 100],
  id: [70, 85, 97, 100],
  ja: [95, 97, 97, 100],
  ko: [97, 97, 97, 100],
  th: [97, 97, 97, 100],
  ug: [70, 80, 97, 100],
  ar: [97, 97, 97, 100],
  bo: [97, 97, 97, 100],
  mn: [80, 97, 97, 100],
  kk: [20, 45, 80, 100],
  ru: [90, 97, 97, 100],
};

describe('accuracy on sentences of our own', () => {
  it('has a line for every language there are sentences of', () => {
    expect(Object.keys(ACCURACY)).toEqual(Object.keys(SENTENCES));
  });
  test.each(Object.entries(ACCURACY))(
    '%s at 5, 10, 20 characters and whole: at least %j percent',
    (language, least) => {
      const sentences = SENTENCES[language] ?? [];
      const lengths = [5, 10, 20].map((length) =>
        sentences.flatMap((sentence) => cutPieces(sentence, length)),
      );
      for (const [index, pieces] of [...lengths, sentences].entries()) {
        const wrong = pieces.filter((piece) => mainLanguage(piece) !== language);
        const share = pieces.length === 0 ? 100 : (100 * (pieces.length - wrong.length)) / pieces.length;
        expect(share, `${share} percent of ${pieces.length}: ${wrong.join(' / ')}`).toBeGreaterThanOrEqual(
          least[index] as number,
        );
      }
    },
  );
});

describe('Cantonese and Mandarin that look alike', () => {
  it('tells at least three of four short messages, two to twelve characters long, by themselves', () => {
    const wrong = SHORT_CANTONESE.filter((text) => mainLanguage(text) !== 'yue');
    expect(wrong.length / SHORT_CANTONESE.length, wrong.join(' / ')).toBeLessThan(0.25);
  });

  test.each([
    '我哋听日先倾',
    '系咪真㗎',
    '唔该晒',
    '有冇搞错',
    '佢话唔使',
    '我系阿明',
    '我地去边度',
    '咁都得',
    '食咗饭未',
    '幾多錢呀',
    '你喺度做緊乜',
    '快啲啦',
    '点解唔得',
    '仲有冇货',
    '俾翻佢',
  ])('%s is Cantonese', (text) => {
    expect(mainLanguage(text)).toBe('yue');
  });
  test.each([
    '他联系我说系统又坏了',
    '我系统学习了一遍',
    '这一点解释得很清楚',
    '观点解读',
    '固定系数怎么算',
    '阿拉伯客户要改合同',
    '唔，好的，我知道了',
    '唔好的',
    '靓仔，今天几点下班？',
    '这件衣服挺靓的',
    '我去宜家买个桌子',
    '仲裁结果出来了',
    '买一瓶啫喱水',
    '咪咪还好吗',
    '猫咪喂了吗',
    '吹喇叭的人',
    '孩子放学了没有',
    '好嘞，收到',
    '你呢个人信息填了吗',
    '一边走一边说',
    '我边吃饭边开会',
    '他太太是香港人',
    '关系到大家的利益',
    '先生您好',
    '步行街见',
    '银行行长说的',
    '再见啦',
    '讨伐无良商家',
    '非诚勿扰',
    '他不识字',
    '公司由盛转衰',
    '阿拉法特访华',
    '这事很要紧，抓紧办',
    '时间比较紧',
    '晒一下被子',
    '朋友圈晒照',
    '衣食住行',
    '心肌梗死',
    '不如我们明天再说',
    '打的去机场',
  ])('%s is not', (text) => {
    expect(mainLanguage(text)).toBe('zh-Hans');
  });
});

describe('stretches', () => {
  test.each<[string, string, string[]]>([
    [
      'Chinese with English words',
      '麻烦帮我check一下schedule',
      ['麻烦帮我 zh-Hans', 'check en', '一下 zh-Hans', 'schedule en'],
    ],
    ['a sentence each', '佢唔得閒。我们明天再谈。', ['佢唔得閒 yue', '我们明天再谈 zh-Hans']],
    [
      'two sentences in Latin letters',
      'Please send me the contract. Können Sie mir bitte antworten?',
      ['Please send me the contract en', 'Können Sie mir bitte antworten de'],
    ],
    ['addresses and numbers have no language', '看 https://a.example.com/about', ['看 zh-Hans']],
    ['emoji belong to none', '👍好的👍', ['好的 zh-Hans']],
    ['Japanese that Chinese advertising writes', '鲜の每日', ['鲜の每日 zh-Hans']],
    ['pinyin', 'jia wo wei xin', ['jia wo wei xin zh-Latn']],
    ['letters that are no word', 'VIP客户', ['VIP und', '客户 zh-Hans']],
    ['nothing', '123 😀 …', []],
    ['surrogate pairs whole', '𠊎愛轉屋下𠊎', ['𠊎愛轉屋下𠊎 hak']],
    ['Latin beside Cyrillic', 'Привет, как дела? Fine, thanks', ['Привет, как дела ru', 'Fine, thanks en']],
  ])('%s', (_what, text, expected) => {
    expect(
      listLanguages(text).map(({ start, end, language }) => `${text.slice(start, end)} ${language}`),
    ).toEqual(expected);
  });

  it('says when both writings have the characters', () => {
    expect(listLanguages('你好')[0]).toEqual({
      start: 0,
      end: 2,
      language: 'zh-Hans',
      script: 'Hani',
      letters: 2,
    });
    expect(listLanguages('你好嗎')[0]).toMatchObject({ language: 'zh-Hant', script: 'Hant' });
  });

  it('are in order, do not overlap and never split a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        let end = 0;
        for (const span of listLanguages(text)) {
          expect(span.start).toBeGreaterThanOrEqual(end);
          expect(span.end).toBeGreaterThan(span.start);
          expect(text.slice(span.start, span.end).isWellFormed()).toBe(true);
          end = span.end;
        }
        expect(end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('as a condition', () => {
  test.each<[string, object, string, string[]]>([
    ['a language', { in: ['yue'] }, '你好。我哋听日倾', ['你好。我哋听日倾']],
    ['either writing of Chinese', { in: ['zh'] }, '這個好', ['這個好']],
    ['one writing', { in: ['zh-Hans'] }, '這個好', []],
    ['anything but', { notIn: ['zh', 'en'] }, '好的 спасибо большое ok', ['спасибо большое']],
    ['what cannot be told is no other language', { notIn: ['zh'] }, 'VIP', []],
    ['unless it is asked for', { in: ['und'] }, 'VIP', ['VIP']],
    ['enough of it', { in: ['en'], minLetters: 10 }, '帮我check一下', []],
    ['enough of it in sum', { in: ['en'], minLetters: 10 }, 'please 帮我 check', ['please', 'check']],
    ['several languages', { in: ['mixed'], minLetters: 4 }, '麻烦帮我 check it', ['麻烦帮我', 'check it']],
    ['one is not several', { in: ['mixed'] }, '麻烦帮我', []],
  ])('%s', (_what, options, text, found) => {
    expect(textsOf(ruleOf({ any: [{ language: options }] }), message(text))).toEqual(found);
  });

  it('refuses to look for every language', () => {
    const problems = problemsOf({ rules: [{ name: 'rule', any: [{ language: { minLetters: 3 } }] }] });
    expect(problems).toMatchObject([
      { path: 'spec.rules[0].any[0].language', message: 'every language would hit' },
    ]);
  });
});
