// Made-up work chat for the scan benchmark: Mandarin, Cantonese, English, Japanese, Korean and mixtures, 38 characters in the mean,
// with numbers, emoji, traditional writing and full-width forms; and the keywords and patterns of a financial firm to scan it with.
// All of it follows from the seed, so that two runs measure the same work.

/** Numbers in [0, 1). Mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;
type Sentence = (random: Random) => string;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 10)).join('');

/** `{word}` is a slot, filled from the list of that name. */
function fill(template: string, slots: Readonly<Record<string, readonly string[]>>, random: Random): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'n') return String(1 + Math.floor(random() * 99));
    if (name === 'amount') return `${1 + Math.floor(random() * 90)}00`;
    if (name === 'phone') return `1${pick(random, ['3', '5', '8'])}${digits(random, 9)}`;
    if (name === 'order') return digits(random, 10);
    return pick(random, slots[name] ?? [name]);
  });
}

const MANDARIN = {
  templates: [
    '{who}，您好，{when}的{thing}我已经发到您邮箱了，麻烦{do}一下',
    '{when}{n}点在{place}开会，{who}记得带上{thing}',
    '好的，收到',
    '收到，谢谢{who}，我{when}给您回复',
    '{thing}还差{who}签字，{when}之前能弄好吗？',
    '客户问{product}什么时候可以赎回，我先把{thing}发给他',
    '{product}最近表现不错，不过市场有风险，还是要看您自己的情况',
    '这个月的业绩还差{amount}万，大家{when}再努力一下',
    '合同编号{order}，金额{amount}元，请{do}',
    '我的电话是{phone}，有问题随时联系',
    '{who}在吗？{place}那边说{thing}有点问题',
    '辛苦了，早点休息，{when}见',
    '发票已经开好了，抬头和税号都核对过，{when}寄出',
    '{product}的净值更新了，{n}%左右，详细的看{thing}',
    '麻烦把{thing}改一下，第{n}页的数字不对',
    '哈哈哈好的，那就这么定了',
    '老板说{thing}先放一放，{when}再讨论，你们先把手上的事情处理完',
  ],
  slots: {
    who: ['王总', '李经理', '张姐', '小陈', '刘老师', '赵工', '孙总', '各位'],
    when: ['今天下午', '明天上午', '后天', '下周一', '月底', '周五', '晚上', '明早'],
    place: ['三楼会议室', '总部', '上海分公司', '客户那边', '财务部', '线上'],
    thing: [
      '报价单',
      '合同',
      '季度报告',
      '开户资料',
      '身份证复印件',
      '产品说明书',
      '对账单',
      '会议纪要',
      '方案',
    ],
    product: ['这只基金', '稳健一号', '那款理财', '三个月的定存', '新发的债券'],
    do: ['查收', '确认', '看', '核对', '盖章'],
  },
};

const CANTONESE = {
  templates: [
    '{who}，你{when}得唔得閒呀？想同你傾下{thing}嘅嘢',
    '唔該晒，我{when}搵你',
    '呢個{product}真係幾好，不過有風險㗎，你自己諗清楚',
    '佢哋話{thing}未搞掂，要等到{when}先有',
    '今日好攰啊，收工先啦',
    '我喺{place}，{n}分鐘之後到',
    '你畀個電話我，{when}打畀你',
    '依家系边度呀？{who}话要你{when}返公司攞{thing}',
    '冇問題，{thing}我會send畀你',
  ],
  slots: {
    who: ['陳生', '李小姐', '老細', '阿明', '黃經理'],
    when: ['聽日', '今晚', '下個禮拜', '依家', '遲啲'],
    place: ['中環', '公司', '觀塘', '樓下'],
    thing: ['份合約', '張單', '個報告', '開戶文件', '月結單'],
    product: ['基金', '計劃', '保險', '債券'],
  },
};

const ENGLISH = {
  templates: [
    'Hi {who}, please find attached the {thing} for {when}',
    'Can we move the meeting to {when}? {who} has another call',
    'Thanks, received',
    'The client asked about the {thing}, could you call him back {when}?',
    'FYI the {thing} is still waiting for approval from {who}',
    'Past performance is not a reliable indicator of future results',
    'I will send you the {thing} {when}, ref {order}',
    'ok sounds good, see you {when}',
    'Please confirm the amount of {amount} USD before {when}',
  ],
  slots: {
    who: ['Alex', 'Ms Wong', 'the team', 'David', 'compliance'],
    when: ['tomorrow', 'on Friday', 'next week', 'this afternoon', 'at 3pm', 'by end of day'],
    thing: [
      'quarterly report',
      'term sheet',
      'invoice',
      'account statement',
      'contract',
      'slides',
      'price list',
    ],
  },
};

const OTHER = {
  templates: [
    '{who}さん、お疲れ様です。{thing}を送りますのでご確認ください',
    '了解しました、明日また連絡します',
    '{who}님, {thing} 보내드렸습니다. 확인 부탁드립니다',
    '네 알겠습니다 내일 뵙겠습니다',
    'Chào {who}, em gửi {thing}, anh xem giúp em nhé',
    'สวัสดีครับ ส่ง{thing}ให้แล้วนะครับ',
  ],
  slots: {
    who: ['田中', '山本', '김', '박', 'anh Nam'],
    thing: ['見積書', '資料', '계약서', '보고서', 'hợp đồng', 'ใบเสนอราคา'],
  },
};

const MIXED = {
  templates: [
    '这个deal {who}那边OK了，{when}sign{thing}',
    '{who}的KYC还没做完，account先不要open',
    '请大家join一下meeting，ID {order}，passcode {n}{n}',
    '{thing}的deadline是{when}，pls尽快update给我',
  ],
  slots: {
    who: ['Kevin', '王总', 'client', 'Amy'],
    when: ['周五', 'tomorrow', '月底', 'next Monday'],
    thing: ['合同', 'report', 'NDA', 'PPT'],
  },
};

/** What a message is made of, and how often. */
const LANGUAGES = [
  { share: 0.58, ...MANDARIN },
  { share: 0.16, ...CANTONESE },
  { share: 0.13, ...ENGLISH },
  { share: 0.05, ...OTHER },
  { share: 0.08, ...MIXED },
];

/** Messages of about 38 characters in the mean. One in forty holds one of `keywords`. */
export function buildMessages(count: number, keywords: readonly string[], seed: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const write = sentenceOf(random());
    let text = write(random);
    while (text.length < 60 && random() < 0.38)
      text += `${pick(random, ['，', ' ', '。', '\n'])}${write(random)}`;
    if (random() < 0.08) text += pick(random, ['😀', '👍', '🙏🏻', '❤️', '[微笑]']);
    // Parsed, as real messages are: a string put together piece by piece is read much more slowly, by everybody.
    return JSON.parse(
      JSON.stringify(random() < 1 / 40 ? insertAt(text, pick(random, keywords), random) : text),
    );
  });
}

function sentenceOf(chosen: number): Sentence {
  let rest = chosen;
  const language = LANGUAGES.find(({ share }) => {
    rest -= share;
    return rest < 0;
  });
  const { templates, slots } = (language ?? MANDARIN) as {
    templates: string[];
    slots: Record<string, string[]>;
  };
  return (random) => fill(pick(random, templates), slots, random);
}

function insertAt(text: string, word: string, random: Random): string {
  const at = Math.floor(random() * text.length);
  return `${text.slice(0, at)} ${word} ${text.slice(at)}`;
}

const PROMISES = ['保证', '承诺', '确保', '包', '稳', '必', '一定有', '绝对', '担保', '锁定'];
const GAINS = [
  '收益',
  '回报',
  '赚钱',
  '盈利',
  '本金',
  '利息',
  '翻倍',
  '年化',
  '分红',
  '不亏',
  '兑付',
  '涨停',
];
const SECRET_ACTS = ['泄露', '私下给', '透露', '转发', '拷贝', '外传', '打包', '截屏', '删除', '销毁'];
const SECRETS = [
  '客户名单',
  '内幕消息',
  '研报底稿',
  '持仓',
  '标的',
  '源代码',
  '密码',
  '合同原件',
  '未公开信息',
  '估值表',
];
const LURES = [
  '加我微信',
  '加我vx',
  '换个平台聊',
  '上telegram',
  '走线下',
  '打到私人账户',
  '发红包',
  '转到个人卡',
  '扫这个码',
  '进小群',
];
const YUE = [
  '包賺',
  '實賺',
  '穩賺',
  '畀回佣',
  '私底下俾錢',
  '唔好話畀人知',
  '走數',
  '做假數',
  '洗黑錢',
  '落袋平安',
];
const ENGLISH_PAIRS = [
  [
    'guaranteed',
    'risk free',
    'insider',
    'off the record',
    'unofficial',
    'private',
    'undisclosed',
    'kickback',
    'backdated',
    'shredded',
  ],
  ['return', 'profit', 'tip', 'deal', 'channel', 'account', 'payment', 'report', 'invoice', 'contract'],
] as const;

/** Distinct keywords of 2 to 20 characters, most of them Chinese. At most 1,010. */
export function buildKeywords(count: number, seed: number): string[] {
  const crossed = [
    ...cross(PROMISES, GAINS, ''),
    ...cross(SECRET_ACTS, SECRETS, ''),
    ...cross(LURES, ['吧', '哦', '方便', '更快', ''], ''),
    ...cross(YUE, ['呀', '㗎', ''], ''),
    ...cross(ENGLISH_PAIRS[0], ENGLISH_PAIRS[1], ' '),
    ...cross(
      ['客户', '领导', '监管', '审计', '合规', '同业', '券商', '媒体'],
      ['举报', '送礼', '吃请', '回扣', '打点', '封口', '造假', '隐瞒', '串通', '代持'],
      '',
    ),
    ...cross(
      ['股票', '基金', '债券', '期货', '信托', '保单', '期权', '外汇', '私募', '理财'],
      [
        '代操作',
        '内部价',
        '返点',
        '跟单',
        '坐庄',
        '拉升',
        '出货',
        '对倒',
        '老鼠仓',
        '承销内幕',
        '保底',
        '飞单',
        '刚兑',
        '配资',
        '抽屉协议',
      ],
      '',
    ),
    ...cross(
      ['马上', '今天', '立刻', '最后', '仅此'],
      ['打款', '汇款', '转账', '下单', '验证码', '截止', '一次机会', '名额'],
      '',
    ),
    ...cross(
      ['傻', '蠢', '废', '贱', '滚', '骚', '丑', '穷'],
      ['货', '人', '蛋', '开', '样', '鬼', '逼', '婆'],
      '',
    ),
    ...cross(
      ['身份证', '银行卡', '护照', '社保', '征信', '公积金', '学历', '病历'],
      ['代办', '买卖', '出租', '复印件外发', '号码给我', '照片发群', '代查', '包装', '造假', '收购'],
      '',
    ),
  ];
  crossed.push(
    ...cross(
      [
        '信托计划',
        '结构性存款',
        '私募份额',
        '年金险',
        '收益凭证',
        '原始股',
        '数字货币',
        '黄金积存',
        '港股打新',
        '海外保单',
      ],
      [
        '零风险',
        '只赚不亏',
        '随时可取',
        '提前剧透',
        '返现',
        '内部认购',
        '名额转让',
        '代持',
        '拼单',
        '双录代答',
      ],
      '',
    ),
    ...cross(
      ['逾期', '坏账', '亏损', '穿仓', '爆雷', '违约', '挤兑', '减值'],
      [
        '别上报',
        '先压着',
        '不要入账',
        '改数据',
        '口径统一',
        '瞒住',
        '挂往来',
        '做平',
        '找人接',
        '冲回',
        '延后披露',
        '删记录',
      ],
      '',
    ),
  );
  const random = seededRandom(seed);
  const shuffled = crossed.map((word) => ({ word, at: random() })).sort((a, b) => a.at - b.at);
  const distinct = [...new Set(shuffled.map(({ word }) => word))].slice(0, count);
  if (distinct.length < count)
    throw new Error(`only ${distinct.length} distinct keywords can be made, ${count} were asked for`);
  return distinct;
}

function cross(left: readonly string[], right: readonly string[], between: string): string[] {
  return left.flatMap((a) => right.map((b) => (b === '' ? a : `${a}${between}${b}`)));
}

/** Fifty patterns as such policies have them: most with a literal, some only digits, a few with neither. */
export const PATTERNS: readonly string[] = [
  '年化.{0,6}\\d+(\\.\\d+)?%',
  '(保证|确保|承诺).{0,8}(收益|回报|本金)',
  '(稳|包|必)赚.{0,4}不赔',
  '收益(率)?.{0,4}(高达|不低于|超过)\\s*\\d+',
  '(不|没有).{0,3}风险.{0,6}(放心|尽管)',
  '(加|换).{0,4}(微信|vx|v信|飞书|telegram)',
  '(私下|线下).{0,6}(转|打款|结算|给你)',
  '打到.{0,8}(卡|账户|账号)',
  '(别|不要|勿).{0,4}(告诉|外传|截图|留痕)',
  '(内幕|内部)(消息|信息|价)',
  '(目标价|买入价)[:：]?\\s*\\d+(\\.\\d+)?',
  '(今晚|明天|盘前).{0,10}(拉升|涨停|出货)',
  '(帮|代).{0,3}(操作|打理|持有).{0,4}(账户|股票|份额)?',
  '返(点|佣|现).{0,4}\\d+',
  '回扣.{0,6}(点|万|元)',
  '(客户|持仓|资产).{0,4}(名单|清单|明细).{0,6}(发|给|拷)',
  '密码(是|为|[:：])\\s*\\S{4,}',
  '验证码(是|为|[:：])?\\s*\\d{4,6}',
  '\\b1[3-9]\\d{9}\\b',
  '\\b\\d{17}[\\dx]\\b',
  '\\b(62|60)\\d{14,17}\\b',
  '\\b[1-9]\\d{5}(19|20)\\d{2}(0[1-9]|1[0-2])\\d{2}\\d{3}[\\dx]\\b',
  '\\b0\\d{2,3}-\\d{7,8}\\b',
  '\\b\\d{4}[- ]\\d{4}[- ]\\d{4}[- ]\\d{4}\\b',
  '\\b\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\b',
  '[\\w.+-]+@[\\w-]+\\.[\\w.]+',
  'https?://\\S+',
  '\\b(t|dwz|url)\\.cn/\\w+',
  'LTAI[0-9a-z]{12,20}',
  'AKID[0-9a-z]{13,40}',
  '-----BEGIN [A-Z ]*PRIVATE KEY-----',
  '(wx|vx|v信|微信)(号)?[:：是]?\\s*[a-z][\\w-]{5,19}',
  'guarantee(d|s)?\\s+(a\\s+)?(return|profit|gain)s?',
  'risk[- ]?free\\s+(return|investment|profit)',
  '(inside|insider)\\s+(info|information|tip)',
  'off\\s+the\\s+record',
  'delete\\s+(this|these)\\s+(message|email|chat)s?',
  'between\\s+(you\\s+and\\s+me|us)\\s+only',
  '(call|text|reach)\\s+me\\s+(on|at)\\s+(whatsapp|signal|telegram|my\\s+cell)',
  'pump\\s+(and|&)\\s+dump',
  '(whatsapp|telegram|signal)\\s*[:：]?\\s*\\+?\\d{6,}',
  '(包|實|穩)賺',
  '(唔好|咪).{0,3}(話|講)(畀|俾).{0,4}知',
  '(畀|俾).{0,4}(回佣|利是)',
  '[傻蠢废]\\s*[逼货蛋]',
  '滚(开|蛋|出去)',
  '合同.{0,4}(作废|造假|倒签)',
  '(阴阳|抽屉)(合同|协议)',
  '发票.{0,4}(虚开|代开|多开)',
  '(\\w)\\.(\\w)\\.(\\w)\\.(\\w)',
];
