// What is said to draw people off the channel, their money out of their pockets, and codes out of their phones; and how people are
// insulted. Written for this project, in Mandarin, Cantonese and English; seen through the views that each list names.
import type { KeywordsOptions } from '../keywords.ts';

export const LURE_KINDS = [
  'OffChannel',
  'PaymentBait',
  'Urgency',
  'Authority',
  'CodePrompt',
  'Insult',
  'SexualHarassment',
  'Threat',
] as const;
export type LureKind = (typeof LURE_KINDS)[number];

export interface LureTable {
  readonly kind: LureKind;
  readonly phrases: readonly KeywordsOptions[];
  /** RE2, on the folded text. */
  readonly patterns?: readonly string[];
  /** Whether a warning before it in the sentence (`切勿`, `never`) makes it harmless. */
  readonly heedsWarnings: boolean;
}

const list = (words: string): string[] => words.trim().split(/\s*[,\n]\s*/);
const WRITTEN_AROUND = ['Folded', 'Separators', 'Emoji'] as const;

export const LURE_TABLES: readonly LureTable[] = [
  {
    kind: 'OffChannel',
    heedsWarnings: true,
    phrases: [
      {
        terms:
          list(`加我微信, 加我个人微信, 加我私人微信, 加个微信, 加下微信, 加一下微信, 加您微信, 加你微信, 微信加我, 我的私人微信, 换个微信聊, 到微信聊, 去微信聊, 微信私聊, 加我v信,
          加我飞书, 飞书加我, 飞书聊, 去飞书聊, 加我电报, 电报加我, 电报聊, 上电报, 去电报, 飞机号, 纸飞机聊, 加我qq, qq加我, 加我line, line加我, 加我whatsapp, whatsapp加我, whatsapp聊,
          加我telegram, telegram加我, telegram聊, 加我tg, tg加我, tg聊, tg私聊, 加我signal, 换个软件聊, 换个聊天软件, 换个平台聊, 别在企微聊, 不要在企微说, 不要在这里说, 不在这里聊, 这里说话不方便,
          这里聊不方便, 这边不方便说, 私下联系, 私下聊, 线下单独谈, 加我私号, 加我小号, 用私人手机联系, 打我私人电话, 用我个人邮箱`),
        see: [...WRITTEN_AROUND],
      },
      {
        terms: list(
          `whatsapp我, wts我, whatsapp搵我, tg搵我, tg我, signal我, 加我ig, 私讯我, 私底下傾, 私下傾, 唔好喺度講, 喺度講唔方便, 出嚟傾, 唔好用公司電話`,
        ),
      },
      {
        terms:
          list(`add me on whatsapp, add me on telegram, add me on wechat, add me on signal, add me on line, text me on whatsapp, message me on whatsapp, message me on telegram,
          contact me on whatsapp, contact me on telegram, ping me on telegram, ping me on whatsapp, reach me on whatsapp, reach me on telegram, whatsapp me, telegram me, dm me on telegram, switch to whatsapp,
          switch to telegram, move to whatsapp, move to telegram, move this to signal, continue on whatsapp, continue on telegram, take this offline to whatsapp, chat on telegram, chat on whatsapp,
          my personal wechat, my private wechat, my personal whatsapp, my personal email, my private number, not on this app, not on this channel, don't discuss it here, off the record`),
        see: ['Folded'],
      },
    ],
    patterns: [
      String.raw`(?:加|\+|➕)\s*(?:我|俺|偶)?\s*的?\s*(?:微|薇|威|徽|葳|卫星|绿泡泡|扣扣|飞机)\s*(?:号|信|芯|心|❤)?\s*[:是]?\s*[a-z0-9_][a-z0-9_-]{4,}`,
      // A v alone is the first letter of many words, so what follows must look like an account.
      String.raw`(?:加|➕|(?:^|[^a-z0-9])\+)\s*(?:我|俺|偶)?\s*的?\s*(?:v|vx|wx|wechat|tg)\s*(?:号|信|芯|心|❤|:|是){0,2}\s*[a-z-]{0,12}[0-9_][a-z0-9_-]{3,}`,
      String.raw`(?:加|➕)\s*(?:我|俺|偶)?\s*的?\s*(?:v|vx|wx|tg)\s*(?:号|信|芯|心|❤|:|是){1,2}\s*[a-z][a-z_-]{4,}`,
      String.raw`(?:whatsapp|telegram|tg|电报|signal|line\s?id|飞书号|微信号|vx|v信|薇信|威信|skype)\s*(?:号|id|是|:|：|@|\+){1,2}\s*[@+]?[a-z0-9_][a-z0-9_ -]{4,}`,
      String.raw`(?:t\.me|wa\.me|telegram\.me|chat\.whatsapp\.com|line\.me)/[a-z0-9_+/]{3,}`,
    ],
  },
  {
    kind: 'PaymentBait',
    heedsWarnings: true,
    phrases: [
      {
        terms:
          list(`点击领红包, 扫码领红包, 点开领红包, 免费领红包, 红包已到账请领取, 领取现金红包, 领取补贴请扫码, 扫码领补贴, 刷单返利, 刷单兼职, 做任务返佣, 垫付返现, 先垫付, 高额返利, 稳赚返利, 日结佣金, 在家日赚,
          轻松日赚, 转到我个人账户, 转到我个人卡, 打到我个人卡, 打到我私人账户, 打我私人卡, 转我个人支付宝, 转我微信就行不走公司, 走私账, 不走公账, 先交保证金, 先付解冻费, 交解冻费, 缴纳解冻金, 缴纳保证金后提现,
          转入安全账户, 转到安全账户, 充值返现, 充usdt, 转usdt, 付泰达币, 帮我代付, 帮我充话费, 买点卡发我, 买礼品卡, 内部认购名额, 中奖请先缴税, 先缴税再领奖, 刷流水放款, 贷款先交费, 给您返点, 给你返点, 私下返点, 给你回扣, 好处费打你`),
        see: [...WRITTEN_AROUND],
      },
      {
        terms: list(
          `過數俾我私人戶口, 過數去我個人戶口, 入我私人戶口, 轉數快俾我個人, 幫我買點數卡, 幫我買禮品卡, 派利是請撳, 撳入嚟攞利是, 日日賺, 刷單賺佣, 俾回佣你`,
        ),
      },
      {
        terms:
          list(`wire it to my personal account, wire the money to my personal account, transfer to my personal account, send it to my personal account, pay me personally, buy gift cards, buy some gift cards,
          send me the gift card codes, pay in usdt, pay with crypto, send bitcoin, processing fee to release, pay the release fee, claim your red packet, claim your prize, click to claim, you have won, guaranteed commission, double your money, kickback for you`),
      },
    ],
    patterns: [
      '(?:点击|扫码|戳|点链接).{0,6}(?:领取|领|抢).{0,6}(?:红包|补贴|奖金|现金|礼包)',
      String.raw`(?:返|回)(?:佣|利|现)\s*\d{1,3}\s*%`,
    ],
  },
  {
    kind: 'Urgency',
    heedsWarnings: true,
    phrases: [
      {
        terms: list(
          `不要声张, 先别告诉别人, 不要告诉任何人, 不要跟别人说, 唔好話俾人知, 唔好同人講, don't tell anyone, do not tell anyone`,
        ),
        near: {
          terms: list('转, 汇, 打款, 付款, 钱, 账户, 過數, 轉賬, pay, wire, transfer, money, gift card'),
          within: 24,
        },
      },
      {
        terms:
          list(`马上转账, 立即转账, 立刻转账, 马上打款, 立刻打款, 立即汇款, 赶紧转钱, 尽快打款不要声张, 账户将被冻结, 账号将被冻结, 账号将被停用, 账户即将停用,
          否则冻结, 逾期将冻结, 今天之内必须转, 必须今天到账, 超时作废, 名额只剩最后, 过时不候, 最后一次机会, 晚了就没了, 再不处理就起诉, 否则后果自负`),
        see: [...WRITTEN_AROUND],
      },
      {
        terms: list(`即刻過數, 快啲過數, 即刻轉賬, 戶口會凍結, 戶口將會凍結, 過咗今日就冇`),
      },
      {
        terms:
          list(`wire it immediately, transfer immediately, pay immediately, pay right now or, within the next hour or, your account will be suspended, your account will be closed, your account will be frozen,
          account has been suspended, act now, last chance to, before it is too late, keep this confidential and transfer, urgent wire, urgent payment needed, final notice before`),
      },
    ],
    patterns: [
      String.raw`\d{1,2}\s*(?:小时|分钟|个钟|hours?|minutes?)\s*(?:内|之内)?.{0,12}(?:冻结|停用|注销|起诉|suspend|close|frozen)`,
    ],
  },
  {
    kind: 'Authority',
    heedsWarnings: true,
    phrases: [
      {
        terms: list(
          `我是警察, 这里是公安局, 这里是检察院, 这里是法院, 我是公安局的, 我是检察院的, 我是法院的, 涉嫌洗钱, 涉嫌犯罪, 通缉令, 您名下涉案, 我是你们老板, 我是你们董事长, 我是银监会, 我是社保局, 这里是反诈中心, 我是客服部经理给您退款`,
        ),
      },
      {
        terms: list('老板, 董事长, 总经理, 领导, 王总, 李总, 张总, 刘总, 陈总'),
        near: {
          terms: list(
            '让你转账, 让你转钱, 要你转账, 要你转钱, 让你打款, 叫你打款, 要求你汇, 让你汇, 让你立刻付, 让你加他',
          ),
          within: 10,
          order: 'KeywordFirst',
        },
      },
      { terms: list(`我係警察, 我哋係警署, 你涉嫌洗黑錢, 老細叫你過數, 老細要你過數, 入境處通知你`) },
      {
        terms: list(
          `this is the ceo, i am the ceo, this is your ceo, this is the police, i am calling from the police, this is the tax office, you are under investigation, there is a warrant for your arrest, on behalf of the chairman please transfer, this is microsoft support, this is your bank calling`,
        ),
      },
    ],
    patterns: [
      '(?:我是|这是)[你您]们?的?(?:老板|领导|董事长|总经理|[赵钱孙李周吴郑王刘陈张杨黄林]总).{0,30}(?:转|汇|打款|付款|加.{0,4}微信)',
    ],
  },
  {
    kind: 'CodePrompt',
    heedsWarnings: true,
    phrases: [
      {
        terms: list(
          '验证码, 校验码, 动态码, 动态密码, 短信码, 手机令牌, 动态口令, 支付密码, 登录密码, 付款码, otp',
        ),
        near: {
          terms: list(
            '发我, 发给我, 发过来, 告诉我, 报给我, 报一下, 念给我, 给我一下, 给我看, 转发给我, 提供给我, 提供一下, 是多少, 截图给我, 截图发我, 回复给我, 填给我, 说一下',
          ),
          within: 6,
          order: 'KeywordFirst',
        },
      },
      {
        terms: list('发我, 发给我, 告诉我, 报给我, 念给我, 把您的, 把你的, 提供您的, 提供一下, 给我'),
        near: {
          terms: list('验证码, 校验码, 动态码, 动态密码, 短信码, 支付密码, 付款码, otp'),
          within: 6,
          order: 'KeywordFirst',
        },
      },
      {
        terms: list(
          '驗證碼俾我, 個驗證碼俾我, 驗證碼話我知, 個otp俾我, otp係幾多, 驗證碼係幾多, 話我知個驗證碼, 讀個code俾我',
        ),
      },
      {
        terms:
          list(`send me the code, send me the otp, send me the verification code, share the code, share the otp, share your otp, tell me the code, tell me the otp, tell me the verification code, what is the code you received,
          what's the code you got, read me the code, forward me the code, give me the code, give me the otp, give me your pin, send me your password, tell me your password, what is your password, send the 6-digit code, confirm your pin`),
      },
    ],
  },
  {
    kind: 'Insult',
    heedsWarnings: false,
    phrases: [
      {
        tuned: [
          {
            terms:
              list(`傻逼, 傻比, 傻b, 煞笔, 沙比, 傻叉, 二逼, 草泥马, 操你妈, 草你妈, 艹你妈, 操你大爷, 操你全家, 日你妈, 干你娘, 你妈死了, 你全家死, 死全家, 妈了个逼, 狗娘养, 狗日的, 王八蛋, 王八羔子, 龟孙子, 贱人, 贱货, 婊子, 臭婊,
              骚货, 荡妇, 滚犊子, 给我滚, 滚远点, 脑残, 脑子有病, 脑子进水, 没脑子的东西, 废物东西, 你个废物, 你这个废物, 死废物, 蠢货, 蠢猪, 你个白痴, 你是白痴, 大白痴, 你是猪吗, 猪脑子, 狗东西, 狗杂种, 你个杂种, 小杂种, 人渣, 败类, 不要脸的东西, 臭不要脸, 神经病啊你, 智障吧, 你智障, 弱智吧, 你弱智, 死胖子, 死娘炮, 死基佬, 乡巴佬`),
            except: list('杂种优势, 杂种一代, 智障人士, 智障儿童, 沙比娜, 沙比尔, 败类清除'),
          },
        ],
        see: [...WRITTEN_AROUND],
      },
      { terms: list('nmsl, cnm, sb吧, 你sb, 真sb, nmd, 尼玛, 特么的滚, 你妹的滚, 操nm') },
      {
        terms: list(
          `屌你, 屌你老母, 屌那星, 丢你老母, 冚家鏟, 冚家铲, 冚家富貴, 含家鏟, 仆你個街, 仆街仔, 死仆街, 食屎啦, 柒頭, 柒头, 戇鳩, 戆鸠, 戇居仔, 硬膠, 死蠢, 死八婆, 八婆, 臭閪, 死肥婆, 死肥仔, 廢柴, 收皮啦, 躝屍, 躝尸, 痴撚線, 黐撚線, 死老鬼, 含撚, 撚樣, on9, 低能仔, 扑你個街`,
        ),
        see: ['Folded', 'Separators'],
      },
      {
        tuned: [
          {
            terms: list(
              `fuck you, fuck off, fucking idiot, motherfucker, asshole, you idiot, you moron, you are an idiot, you're an idiot, you're a moron, fucking moron, stupid bitch, you bitch, son of a bitch, dumbass, dumb fuck, piece of shit, you're worthless, you are worthless, you're pathetic, shut the fuck up, stfu, retard, retarded, cunt, whore, slut, scumbag, go to hell, loser like you, fat pig`,
            ),
            except: list(
              'not fuck you, flame retardant, fire retardant, fire retard, retarded growth, retarded bond',
            ),
          },
        ],
        see: ['Folded', 'Leet'],
      },
    ],
    patterns: [
      String.raw`\bf[*@#.\-_]{1,3}c?k(?:ing)?\s+(?:you|off|idiot|moron)`,
      '(?:你|妳|他|她|全)(?:个|这个|这|真是|就是|简直是|是)(?:个)?(?:傻子|白痴|废物|垃圾|蠢货|猪|贱人|人渣|神经病|智障|弱智)(?:$|[^a-z一-龥]|吧|吗|呀|啊|东西)',
    ],
  },
  {
    kind: 'SexualHarassment',
    heedsWarnings: false,
    phrases: [
      {
        terms: list(
          `约炮, 一夜情, 陪我睡, 陪我一晚, 陪老板睡, 跟我去开房, 和我去开房, 一起去开房, 发张裸照, 发裸照, 拍裸照, 看看你的胸, 胸真大, 你胸好大, 腿真白想摸, 想摸你, 让我摸, 摸一下你的, 想上你, 想睡你, 想操你, 做我情人, 做我小三, 包养你, 潜规则你, 今晚来我房间, 来我房间聊, 单独来我房间, 穿性感点, 穿少点来, 亲一个宝贝`,
        ),
        see: [...WRITTEN_AROUND],
      },
      {
        terms: list(
          '同我上床, 陪我瞓, 陪瞓, 同我去爆房, 對波好大, 身材咁正, 想搞你, 影張裸照, 除衫俾我睇, 做我二奶',
        ),
      },
      {
        terms: list(
          `send nudes, send me nudes, send me a sexy photo, sleep with me, spend the night with me, come to my hotel room, come to my room tonight, you look so sexy, nice tits, nice ass, i want to touch you, want to fuck you, be my sugar baby, blow job, wear something sexy`,
        ),
      },
    ],
  },
  {
    kind: 'Threat',
    heedsWarnings: false,
    phrases: [
      {
        terms: list(
          `弄死你, 整死你, 打死你, 砍死你, 捅死你, 杀了你, 杀你全家, 弄死你全家, 打断你的腿, 打断你腿, 废了你, 找人弄你, 找人打你, 让你吃不了兜着走, 知道你家住哪, 知道你家在哪, 小心你的家人, 你等着死, 你去死, 去死吧, 怎么不去死, 不如去死, 跳楼去吧, 曝光你的照片, 把你照片发出去, 不给钱就曝光`,
        ),
        see: [...WRITTEN_AROUND],
      },
      {
        terms: list(
          '打死你, 斬死你, 斩死你, 搵人打你, 搵人斬你, 去死啦, 死未, 我知你住邊, 小心你屋企人, 唔俾錢就放你啲相出嚟',
        ),
      },
      {
        tuned: [
          {
            terms: list(
              `kill yourself, kys, i will kill you, i'll kill you, i know where you live, you will regret this, you'll regret this, break your legs, watch your back, watch your family, i will ruin you, i'll ruin you, i will destroy your career, leak your photos, post your photos online, or i will expose you`,
            ),
          },
        ],
      },
    ],
  },
];
