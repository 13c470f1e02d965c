// What is planted: for each rule of the demo's policies many ways in which people break it, and beside them ways to say the same words innocently.
// This is the truth that a run is held against; it knows nothing of the policy engine. Each surface form is the exact text a reviewer should see.

export type Side = 'Outbound' | 'Inbound' | 'Internal';

export interface Family {
  readonly policy: string;
  readonly rule: string;
  /** Where saying it breaks the rule. */
  readonly side: Side;
  /** Only in this kind of conversation; absent = any. */
  readonly conversation?: 'Direct' | 'Group';
  /** Only members of this team; absent = any team but Compliance. */
  readonly team?: string;
  readonly forms: readonly string[];
  /** Sentences around a form: `{form}`, and slots of plain talk. */
  readonly sentences: readonly string[];
}

export interface Innocent {
  readonly why:
    | 'negation'
    | 'quote'
    | 'disclaimer'
    | 'other direction'
    | 'other department'
    | 'other sense'
    | 'other conversation';
  readonly side: Side;
  readonly conversation?: 'Direct' | 'Group';
  readonly team?: string;
  readonly sentences: readonly string[];
}

/** Zero-width space, non-joiner, word joiner, byte order mark. */
const Z = '\u200b';
const J = '\u200c';
const W = '\u2060';
const B = '\ufeff';

export const FAMILIES: readonly Family[] = [
  {
    policy: 'no-guaranteed-return',
    rule: 'promised-principal',
    side: 'Outbound',
    forms: [
      '保本',
      '稳赚',
      '零风险',
      '穩賺',
      '零風險',
      `保${Z}本`,
      `稳${J}赚`,
      `零${W}风${W}险`,
      `穩${B}賺`,
      `保${W}本`,
      `零${Z}風${Z}險`,
      `稳${Z}${J}赚`,
    ],
    sentences: [
      '{person}您放心，{product}{form}的',
      '{product}{form}，{time}就能买',
      '跟您说实话，这款{form}，{person}自己也买了{amount}',
      '哪有比{product}更好的，{form}呀{emoji}',
      '{time}截止，{form}，手慢无',
    ],
  },
  {
    policy: 'no-guaranteed-return',
    rule: 'promised-yield',
    side: 'Outbound',
    forms: [
      '保证收益',
      '承诺您的利息',
      '锁定两年回报',
      '保證收益',
      '承諾利息',
      '鎖定回報',
      '收益我给您保证',
      `保${Z}证您的收益`,
      '利息可以承诺',
      `承${W}诺${W}回报`,
    ],
    sentences: [
      '{product}{form}，{time}可以签',
      '{person}，{form}，白纸黑字',
      '我这边{form}，别家做不到{emoji}',
      '您买{amount}，{form}',
    ],
  },
  {
    policy: 'no-guaranteed-return',
    rule: 'yield-percent',
    side: 'Outbound',
    forms: [
      '年化12%',
      '年化能到8.5%',
      '年化１２％',
      '年化 15%',
      `年${Z}化9%`,
      '年化大概10%',
      '年化６．５％',
      `年化${B}18%`,
      '年化可达11.2%',
      '年化差不多20%',
    ],
    sentences: [
      '{product}{form}，比存银行强',
      '{person}看一下，{form}{emoji}',
      '这期{form}，{time}结束',
      '{form}，起投{amount}',
    ],
  },
  {
    policy: 'guaranteed-return-en',
    rule: 'promise',
    side: 'Outbound',
    forms: [
      'guaranteed return',
      'Guaranteed Return',
      'GUARANTEED RETURN',
      'risk-free profit',
      'Risk-Free Profit',
      'ｇｕａｒａｎｔｅｅｄ ｒｅｔｕｒｎ',
      `guaran${Z}teed return`,
      `risk-${W}free profit`,
      'RISK-FREE PROFIT',
      'ｒｉｓｋ-free profit',
    ],
    sentences: [
      '{product} comes with a {form}, {person}',
      'Honestly it is {form}, just sign {when}',
      'You put in {amount} and get a {form}',
      'My other clients call it {form} {emoji}',
    ],
  },
  {
    policy: 'off-channel',
    rule: 'move-to-private-chat',
    side: 'Outbound',
    forms: [
      '加我微信',
      '加我个人微信',
      '加我個人微信',
      `加我${Z}微信`,
      '換個聊天軟件',
      '换个聊天软件',
      `加${J}我${J}个人微信`,
      'whatsapp: amy88',
      'Telegram:@lucky_fund',
      'ＷｈａｔｓＡｐｐ：kelvin852',
      'TELEGRAM：@vip777',
    ],
    sentences: [
      '{person}，这里不方便，{form}',
      '{form}，{time}给您发{doc}',
      '细节{form}再聊{emoji}',
      '公司系统慢，{form}吧',
    ],
  },
  {
    policy: 'insider-talk',
    rule: 'undisclosed-information',
    side: 'Outbound',
    team: 'Trading',
    forms: [
      '内幕消息',
      '未公开的公告',
      '未公开信息',
      '內幕消息',
      '未公開的公告',
      `内${Z}幕消息`,
      '内幕，公告下周才出',
      `未${W}公开的信息`,
      '消息是内幕',
    ],
    sentences: [
      '{person}，我有{form}，{city}那家公司',
      '别外传，{form}，{time}之前动手',
      '{form}，你先看看{emoji}',
    ],
  },
  {
    policy: 'delete-records',
    rule: 'delete-the-chat',
    side: 'Internal',
    forms: [
      '删掉这个群的聊天记录',
      '清空聊天记录',
      '删除记录',
      '刪掉聊天記錄',
      '清空微信記錄',
      `删${Z}掉聊天记录`,
      '清除这几条记录',
      `清${B}空聊天记录`,
      "don't leave any record",
      "DON'T LEAVE ANY RECORD",
    ],
    sentences: [
      '{person}，{time}前{form}',
      '检查的人要来，{form}',
      '你们都{form}，听到没有',
      '{form}，别问为什么',
    ],
  },
  {
    policy: 'cantonese-promise',
    rule: 'promise',
    side: 'Outbound',
    forms: ['包赚', '包賺', '唔使惊蚀', '唔使驚蝕', '实赚', '實賺', `包${Z}賺`, `唔使${W}驚蝕`, `實${J}賺`],
    sentences: [
      '{person}，呢隻{product}{form}㗎',
      '信我啦，{form}，{time}截止',
      '{form}，我阿媽都買咗{amount}{emoji}',
    ],
  },
  {
    policy: 'customer-id-leak',
    rule: 'resident-id-in-group',
    side: 'Outbound',
    conversation: 'Group',
    // Made-up numbers with a valid date and check digit.
    forms: [
      '110105199003072936',
      '440301198512126610',
      '11010119900307301x',
      '４４０３０１１９８５１２１２６６１０',
      '510104200001015536',
      `110105${Z}19900307${Z}2936`,
      '330106196805180027',
      '420106199911308819',
    ],
    sentences: [
      '{person}的身份证是{form}，麻烦登记',
      '{form} 这位客户{time}来办{doc}',
      '证件号 {form} ，对一下',
    ],
  },
  {
    policy: 'customer-id-leak',
    rule: 'mistyped-resident-id',
    side: 'Outbound',
    conversation: 'Group',
    // The same with a check digit that is wrong.
    forms: ['11010519900307293X', '440301198512126617', '31011519780921004x', `510104${Z}200001015532`],
    sentences: ['{person}的身份证是{form}，麻烦登记', '证件号 {form} ，对一下'],
  },
];

export const INNOCENT: readonly Innocent[] = [
  {
    why: 'negation',
    side: 'Outbound',
    sentences: [
      '{person}，{product}不保本，请看{doc}第{n}页',
      '提醒一下，{product}是非保本产品，{time}前可以撤单',
      '没有稳赚的产品，{person}，{product}也会跌',
      '{product}并非零风险，风险等级R{r}',
      '我们不保证收益，{product}净值会波动',
      '公司不承诺收益，{person}请以{doc}为准',
      'Hi {person}, {product} offers no guaranteed return, see page {n}',
      'There is never a guaranteed return with {product}, {person}',
      '呢隻{product}唔系包赚，{person}諗清楚',
      '{product}的收益无法保证，过往{n}期有涨有跌',
    ],
  },
  {
    why: 'other sense',
    side: 'Outbound',
    sentences: [
      '我们会确保本周把{doc}寄出，单号SF{digits}',
      '请{person}确保本次提交的{doc}完整，共{n}页',
      '{product}历史年化{n}%，不代表以后，风险R{r}',
      '{person}，我们的微信公众号{time}更新{product}的资料',
      '这次升级零故障、零中断，持续{n}分钟，{person}放心',
      '打包赚不到钱的旧{thing}{n}件，{time}送去{place}',
      '附件里有安装说明，setup.exe请到官网下载，编号{digits}',
      '回报{person}：{doc}已归档，编号{digits}',
      '年化这个词的解释见{doc}第{n}页，{person}',
    ],
  },
  {
    why: 'other conversation',
    side: 'Outbound',
    conversation: 'Direct',
    sentences: [
      '{person}，您登记的证件号是11010519900307293X，对吗？编号{digits}',
      '开户用的身份证440301198512126617已核对，{doc}{time}寄',
    ],
  },
  {
    why: 'other direction',
    side: 'Inbound',
    sentences: [
      '{product}保本吗？我有{amount}',
      '听说{product}稳赚？{person}你讲讲',
      '零风险的有没有，{amount}想放{n}个月',
      '年化能有{n}%吗，{person}',
      '你保证收益我就买{amount}',
      '加我微信吧，{time}聊',
      '呢隻{product}系咪包賺㗎？{amount}夠唔夠',
      '唔使驚蝕？{person}你講真？{time}再傾',
      'Is it a guaranteed return? I have {amount}',
      'whatsapp: me{digits} {when}',
      '有没有内幕消息呀{person}，{city}那只',
      '能把聊天记录删掉吗{person}，第{n}条',
      '我的身份证11010519900307293X，{time}去办{doc}',
    ],
  },
  {
    why: 'disclaimer',
    side: 'Internal',
    sentences: [
      '培训要点{n}：不得对客户说“保本”“稳赚”“零风险”，{person}{time}讲',
      '合规提示第{n}条：禁止承诺利息、保证收益，违者扣{amount}',
      '话术检查：{person}那份{doc}里“年化{n}%”要删成历史业绩',
      '{person}，“guaranteed return”这种词不能出现在{doc}第{n}页',
      '课件第{n}页举例：“包赚”“唔使驚蝕”都算违规',
      '客户要求加我微信，我拒绝了，{person}{time}补个{doc}',
    ],
  },
  {
    why: 'negation',
    side: 'Internal',
    sentences: [
      '请勿删除聊天记录，检查要用，{person}{time}来拷贝',
      '严禁删除记录，{doc}保存{n}年',
      '不得清空聊天记录，编号{digits}的通知再发一次',
      '不要删掉聊天记录，{person}说{time}审计来{place}',
    ],
  },
  {
    why: 'quote',
    side: 'Internal',
    sentences: [
      '这是一条引用/回复消息：\n"{person}：\n这个保本吗"\n------\n我已经跟客户解释过了，第{n}次',
      '这是一条引用/回复消息：\n"客户：\n年化{n}%有吗"\n------\n不能这么讲，{person}{time}回他',
      '「{person}：加我微信」\n- - - - - - - - - - - - - - -\n这个客户{time}又来了，编号{digits}',
    ],
  },
  {
    why: 'other department',
    side: 'Outbound',
    team: 'Sales',
    sentences: [
      '内幕消息是违法的，{person}，我们{time}只看公告',
      '未公开的信息我们一概不知，{person}请看{doc}第{n}页',
      '{person}，所谓内幕消息多半是骗局，编号{digits}的提示请看',
    ],
  },
  {
    why: 'other department',
    side: 'Outbound',
    team: 'Compliance',
    sentences: [
      '监管提示第{n}号：凡宣称“保本”“稳赚”的都不可信，{person}请留意',
      '请各位客户注意，任何“保证收益”的说法都是违规的，举报编号{digits}',
      '本公司从不承诺年化{n}%之类的回报，{person}有疑问{time}致电',
    ],
  },
];
