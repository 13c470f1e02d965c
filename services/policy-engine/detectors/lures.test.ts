// What lures and harasses, in three languages and in the ways people write around filters; and what only sounds like it.
import { describe, expect, it, test } from 'vitest';
import { message, ruleOf, textsOf } from '../judging.testkit.ts';
import { createLureLister, listEmoji } from '../list-lures.ts';
import type { LureKind } from './lures/lure-tables.ts';

const listLures = createLureLister();
const kindsOf = (text: string): string[] => [...new Set(listLures(text).map(({ kind }) => kind))];

const LURES: Readonly<Record<LureKind, readonly string[]>> = {
  OffChannel: [
    '这边不方便，加我微信聊',
    '加 我 微 信',
    '加我薇信吧',
    '➕V❤：abc12345',
    '加薇abc12345',
    '飞书加我',
    'TG：@vip777x',
    '我WhatsApp号+85291234567',
    '去Telegram聊',
    '电报加我：bigboss88',
    'add me on WhatsApp please',
    "let's switch to Telegram",
    'text me at t.me/goldvip88',
    '呢度唔方便，WhatsApp我',
    '加我ＱＱ',
    '加v：zhangsan',
    '＋V 8613800001111',
  ],
  PaymentBait: [
    '点击链接领取红包',
    '先交保证金',
    '请转入安全账户',
    '帮我买礼品卡',
    '返佣30%',
    '过后转到我个人账户',
    '過數俾我私人戶口',
    'please buy gift cards for me',
    '刷-单-返-利',
  ],
  Urgency: [
    '马上转账，不要告诉任何人',
    '24小时内不处理账户会被冻结',
    'your account will be suspended',
    '戶口會凍結',
    '即刻過數俾我',
  ],
  Authority: [
    '我是你们王总，这号不方便，先转五万到这张卡',
    '老板让你打款',
    '这里是公安局，请配合',
    'this is the CEO, I need a favour',
    '你涉嫌洗黑錢',
  ],
  CodePrompt: [
    '把验证码发我一下',
    '短信验证码是多少',
    '您收到的OTP是多少',
    'send me the OTP please',
    '個驗證碼俾我',
    '把验証码告诉我',
  ],
  Insult: [
    '你个废物',
    '你是傻子吗',
    '傻.逼',
    '屌你老母',
    '仆街仔',
    'fuck you',
    'f*ck you',
    'you are an idiot',
    'you ａｓｓｈｏｌｅ',
  ],
  SexualHarassment: ['发张裸照看看', '今晚来我房间', 'send nudes', '陪我瞓'],
  Threat: ['你去死吧', '我知道你家住哪', 'i know where you live', 'KYS', '搵人斬你'],
};

describe('lures and harassment', () => {
  test.each(Object.entries(LURES).flatMap(([kind, texts]) => texts.map((text) => [kind, text] as const)))(
    '%s: %s',
    (kind, text) => {
      expect(kindsOf(text)).toContain(kind);
    },
  );

  test.each([
    '切勿将验证码告诉任何人',
    '我们不会要求您提供验证码',
    '您的验证码是123456，5分钟内有效',
    '请勿转入安全账户',
    '凡是让你转到安全账户的都是骗子',
    '别加陌生人，加我微信的多是骗子',
    'Never share your OTP with anyone',
    'we will not ask you: tell me your password',
    '公司微信公众号已更新',
    '飞书文档发我',
    'WhatsApp上线新功能',
    'LINE 3 is down',
    '这个报价单发我',
    '谁抢到红包了',
    '领导让你转发通知',
    '王总让你看一下合同',
    '垃圾分类',
    '废物利用',
    '智障人士就业',
    '杂种优势',
    'flame retardant fabric',
    '过去死板的做法',
    '笑死我了',
    '开房间的空调',
    'passkeys and keysets',
    '按ctrl+v paste it',
    'email+video call',
    'see release+version notes',
    '升级加VIP会员',
    '生日惊喜，先别告诉别人',
    '酒店爆房',
    '请配合调查问卷',
    '这件衣服让你好看',
    '我在那住一晚睡一晚就走',
    '李总说合同下周签',
  ])('not %s', (text) => {
    expect(kindsOf(text)).toEqual([]);
  });

  it('tells the place in the original, the widest phrase once', () => {
    expect(listLures('好的，加我微信私聊')).toEqual([
      { kind: 'OffChannel', start: 3, end: 7, seen: '加我微信', view: 'Folded' },
      { kind: 'OffChannel', start: 5, end: 9, seen: '微信私聊', view: 'Folded' },
    ]);
  });

  it('is a condition whose kinds can be chosen', () => {
    const insult = ruleOf({ any: [{ lures: { kinds: ['Insult'] } }] });
    expect(textsOf(insult, message('你个废物，加我微信'))).toEqual(['你个废物']);
    expect(textsOf(ruleOf({ any: [{ lures: {} }] }), message('你个废物，加我微信'))).toEqual([
      '你个废物',
      '加我微信',
    ]);
  });
});

test('emoji are told whole, with what they stand for', () => {
  expect(listEmoji('💰到了👍🏻，👨‍👩‍👧好')).toEqual([
    { start: 0, end: 2, emoji: '💰', meanings: ['钱'] },
    { start: 4, end: 8, emoji: '👍🏻', meanings: ['赞', '好'] },
    { start: 9, end: 17, emoji: '👨‍👩‍👧', meanings: [] },
  ]);
});
