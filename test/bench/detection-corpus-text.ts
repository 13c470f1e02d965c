// Made-up chat without harm in it, and terms written so that a filter shall not see them, with the truth about where they stand.
// Everything was written for this benchmark; all of it follows from the seed. Homophones, parts and traditional forms are drawn from the
// tables that the engine reads too, so that recall measures views and guards; whether the tables are right, HAND_WRITTEN tells.
import { COMMON_WORDS } from '@menshen/policy-engine/views/chinese/common-words';
import { COMPONENTS } from '@menshen/policy-engine/views/chinese/components';
import { FIRST_READINGS } from '@menshen/policy-engine/views/chinese/readings';
import { SIMPLIFIED_PAIRS } from '@menshen/policy-engine/views/folding/simplified';
import { seededRandom } from './scan-corpus.ts';

type Random = () => number;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const list = (words: string): string[] => words.split(' ');

/** What a firm looks for. None is chosen for how well it is seen. */
export const TERMS: readonly string[] = list(
  '保本 稳赚 飞单 回扣 内幕 洗钱 赌博 诈骗 贿赂 代持 配资 坐庄 走私 毒品 枪支 套现 刷单 传销 发票 翻墙 ' +
    '老鼠仓 加微信 零风险 私房钱 高利贷 假发票 送红包 办假证 无抵押 打点费 ' +
    '保本保息 稳赚不赔 内幕消息 代客理财 承诺收益 虚开发票 阴阳合同 商业贿赂 私下转账 客户名单 删除记录 非法集资 ' +
    '保证年化收益 内部认购名额 提前透露财报 绕过合规审查 私人账户收款 抽屉协议兑付',
);
export const LATIN_TERMS: readonly string[] = list(
  'kickback insider guaranteed password bribery telegram laundering offshore undisclosed whistle',
);
export const NUMBER_TERMS: readonly string[] = list('13800138000 95588 返15个点 一夜情 六合彩 100倍');

const SLOTS: Readonly<Record<string, readonly string[]>> = {
  who: list(
    '王总 李经理 张姐 小陈 刘老师 赵工 孙总 周律师 吴医生 郑主任 阿强 美玲 老黄 林董 财务小何 前台 物业 我妈 我爸 孩子 同事 房东 师傅 快递员 班主任 邻居 教练 导游',
  ),
  when: list(
    '今天下午 明天上午 后天 下周一 月底 周五 晚上 明早 中午 下班后 国庆 元旦前 上个月 这两天 待会儿 十点 三点半 一会儿 周末 年前 季度末 凌晨 开完会 饭后',
  ),
  place: list(
    '三楼会议室 总部 上海分公司 客户那边 财务部 线上 机场 高铁站 食堂 医院 学校门口 健身房 楼下便利店 仓库 展厅 深圳 成都 杭州西湖 地下车库 咖啡馆 银行网点 派出所 菜市场 公园 影院 图书馆 工厂 码头',
  ),
  thing: list(
    '报价单 合同 季度报告 开户资料 复印件 说明书 对账单 会议纪要 方案 发货单 设计稿 体检报告 机票 门禁卡 充电器 雨伞 蛋糕 样品 行李 投标书 公章 打印机 路由器 奶粉 快递 钥匙 名片 海报 水电费 保险单 疫苗本 作业 课表 证书 请假条 车票 药 口罩 咖啡 键盘 说明 图纸 清单 链接 录音 照片 视频 表格 预算 排班表 通知 简历',
  ),
  do: list(
    '查收 确认 看 核对 盖章 修改 转发 打印 安排 处理 回复 检查 准备 更新 整理 讨论 翻译 上传 归档 测试 评估 审批 退回 补充 登记 预约 取消 联系 说明 复核',
  ),
  adj: list(
    '不错 一般 有点贵 很快 太慢了 还可以 特别好 有问题 挺合适 很清楚 不太对 够用 便宜 麻烦 漂亮 难吃 好用 复杂 稳定 及时 紧张 充足 靠谱 辛苦 热闹',
  ),
  topic: list(
    '装修 旅游 孩子上学 股市 房价 天气 球赛 电视剧 减肥 新手机 年会 团建 社保 公积金 体检 养猫 做饭 停车 搬家 考试 面试 升职 加班 出差 理财 基金 保险 贷款 装机 钓鱼 马拉松 露营 相亲 婚礼 疫苗 医保 退税 个税 报销 招标',
  ),
  verb: list(
    '想 打算 准备 可以 应该 不用 记得 忘了 已经 正在 马上 还没 最好 暂时 尽量 千万要 差点 终于 一直 顺便',
  ),
  act: list(
    '开会 吃饭 出差 请假 面试 签字 付款 报销 发货 退货 培训 打车 排队 值班 搬东西 写总结 做预算 订酒店 接孩子 看医生 买菜 跑步 学英语 修电脑 换轮胎 交房租 续保 缴费 开发票 转账给房东 验货 拍照 录视频 调试 上线 复盘 对账 投标 走流程',
  ),
  feel: list('哈哈哈 唉 好的 嗯嗯 收到 辛苦了 谢谢 不好意思 没事 太好了 真的吗 好吧 OK 啊 我晕 赞 加油 稍等'),
  abbr: list(
    'ppt pdf kpi okr wps erp sop bd pr hr qa ui ip app id vip cpu usb ktv lol pk nba gg mm dd bb nb hhh yyds xswl dbq tmd zqsg hk db pz fd nm zp sz bj gz tw jd tb zfb wx qq b站 p图 c位 t恤 k歌 3c ai it ceo cfo gdp ipo etf b2b crm oa',
  ),
  number: list('3 12 25 48 100 360 1500 2000 8800 20000'),
  product: list(
    '这只基金 稳健一号 那款理财 三个月定存 新发的债券 重疾险 年金险 货币基金 国债逆回购 结构性存款 医疗险 车险',
  ),
};

const MANDARIN: readonly string[] = [
  '{who}，{when}的{thing}我已经发到您邮箱了，麻烦{do}一下',
  '{when}在{place}{act}，{who}记得带上{thing}',
  '{feel}，{when}给您回复',
  '{thing}还差{who}签字，{when}之前能弄好吗？',
  '客户问{product}什么时候可以赎回，我先把{thing}发给他',
  '{product}最近表现{adj}，不过市场有风险，还是要看您自己的情况',
  '{topic}的事{who}怎么看？我觉得{adj}',
  '{verb}{act}，{place}那边{adj}',
  '{who}说{thing}先放一放，{when}再{do}',
  '帮我{do}一下{thing} {place}等着用',
  '一共{number}块，{thing}的钱{when}转你',
  '{feel} {who} {topic}{adj}',
  '昨天聊的{topic}，{who}{verb}{act}，你呢',
  '{place}的{thing}{adj}！{when}我们再去',
  '{who}在吗？{place}说{thing}有点问题，{verb}{do}',
  '这个月{topic}还差{number}，大家{when}再努力一下',
  '麻烦把{thing}改一下，第{number}页的数字{adj}',
  '我{verb}{act}。本周{topic}比较多，{when}再说',
  '证件、{thing}、{thing}都带齐，{place}{act}要用',
  '{topic}别担心，本人到{place}{do}就行',
  '新来的{who}{adj}，上次{topic}也是{adj}',
  '{when}{who}生日，{place}订了{thing}，一起来',
  '系统{adj}，{do}{thing}要等{number}分钟',
  '提醒：{when}截止{do}{thing}，逾期{adj}',
  '会议改到{when}，地点{place}，议题：{topic}、{topic}',
];
const CANTONESE: readonly string[] = [
  '{y1}，你{y2}得唔得閒呀？想同你傾下{y3}',
  '唔該晒，我{y2}搵你',
  '呢個{y3}真係幾好，你自己諗清楚',
  '佢哋話{y3}未搞掂，要等到{y2}先有',
  '今日好攰啊，{y2}收工先啦',
  '我喺{y4}，{number}分鐘之後到',
  '冇問題，{y3}我會send畀你',
  '{y4}嗰間嘢食幾好食，{y2}一齊去啦',
  '系边度呀？{y1}话要你{y2}返公司攞{y3}',
  '個仔{y2}考試，我要返屋企睇住佢',
  '落雨呀，記得帶遮，{y4}塞車塞到死',
];
const YUE: Readonly<Record<string, readonly string[]>> = {
  y1: list('陳生 李小姐 老細 阿明 黃經理 師奶 阿媽 表哥'),
  y2: list('聽日 今晚 下個禮拜 依家 遲啲 放工 星期六 食完飯'),
  y3: list('份合約 張單 個報告 開戶文件 月結單 張飛 部電話 啲相 間屋 份糧單 保單 個計劃'),
  y4: list('中環 公司 觀塘 樓下 旺角 屋企 茶餐廳 深水埗 機場 地鐵站'),
};
const ENGLISH: readonly string[] = [
  'Hi {e1}, please find attached the {e2} for {e3}',
  'Can we move the {e2} to {e3}? {e1} has another call',
  'The client asked about the {e2}, could you call him back {e3}?',
  'we can send {e1} the {e2} when she is done with the line',
  'women in finance lunch {e3}, are you in? she can pay',
  'ok sounds good, see you {e3}',
  'I was on the phone with {e1} about the {e2}, it was fine',
  '{e1} left the {e2} on my desk, can you scan it {e3}',
  'order A{number}-B{number} shipped, ETA {e3}',
  'wow the {e2} looks great!!! thx {e1} :)',
  'pls ask {e1} 4 the {e2} b4 {e3}',
];
const EN: Readonly<Record<string, readonly string[]>> = {
  e1: list('Alex David Susan compliance HR Jane Kevin finance Mr.Ng Amy Tom'),
  e2: [
    'quarterly report',
    'term sheet',
    'invoice',
    'statement',
    'contract',
    'slides',
    'price list',
    'menu',
    'plan',
    'meeting room',
    'travel plan',
    'laptop',
    'parking card',
    'minutes',
    'press release',
  ],
  e3: [
    'tomorrow',
    'on Friday',
    'next week',
    'this afternoon',
    'at 3pm',
    'by end of day',
    'in an hour',
    'after lunch',
  ],
};
const MIXED: readonly string[] = [
  '这个deal {who}那边OK了，{when}sign{thing}',
  '{who}的KYC还没做完，account先不要open',
  '请大家join一下meeting，ID {number}，passcode {number}',
  '{thing}的deadline是{when}，pls尽快update给我',
  'v2版本的{thing}ok吗，{who}要上线',
  '{topic}的ppt发群里了 @{who} 看下',
  '{abbr}，{topic}{adj}',
  '{who}问{abbr}啥时候{do}',
  '把{abbr}发我 {abbr}也要',
  '{abbr} {abbr} {feel}',
];
const TAILS = list('😀 👍 🙏🏻 ❤️ [微笑] ~ ！！ 。。。 😂😂 🐶 💰 🎉 哈 呢 啦 [OK] 👌 🌹');

/** Words of two characters of everyday Chinese, for messages of which nobody wrote the template. */
const WORDS: readonly string[] = COMMON_WORDS.split(' ').flatMap((item) =>
  [...item.slice(1)].map((second) => `${item[0]}${second}`),
);
/** Terms nobody chose: everyday words of two characters, cut or joined to the length. */
export function drawTerms(length: number, count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const terms = new Set<string>();
  while (terms.size < count) terms.add((pick(random, WORDS) + pick(random, WORDS)).slice(0, length));
  return [...terms];
}

const PARTICLES = list('的 了 在 是 我 你 和 就 都 也 还 不 把 给 对 ， 。 、 吗 呢 吧 要 去 来 这 那 很');

function fill(random: Random, template: string): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    pick(random, SLOTS[name] ?? YUE[name] ?? EN[name] ?? [name]),
  );
}

/** Chat in which no term stands, in Mandarin, Cantonese, English and mixtures; a tenth strings everyday words together. */
export function writeHarmless(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const texts: string[] = [];
  while (texts.length < count) {
    const text = writeOne(random);
    if (!saysTerm(text)) texts.push(text);
  }
  return texts;
}

const SAID = new RegExp([...TERMS, ...LATIN_TERMS, ...NUMBER_TERMS].join('|'), 'i');

/** Whether a term stands in the text as it is. */
export const saysTerm = (text: string): boolean => SAID.test(text);

function writeOne(random: Random): string {
  const chosen = random();
  let text = '';
  if (chosen < 0.1) text = stringWords(random);
  else if (chosen < 0.6) text = fill(random, pick(random, MANDARIN));
  else if (chosen < 0.75) text = fill(random, pick(random, CANTONESE));
  else if (chosen < 0.9) text = fill(random, pick(random, ENGLISH));
  else text = fill(random, pick(random, MIXED));
  if (random() < 0.3 && text.length < 50)
    text += `${pick(random, ['，', ' ', '。', '\n'])}${writeOne(random)}`;
  return random() < 0.15 ? text + pick(random, TAILS) : text;
}

function stringWords(random: Random): string {
  let text = '';
  for (let count = 3 + Math.floor(random() * 8); count > 0; count--)
    text += random() < 0.4 ? pick(random, PARTICLES) : pick(random, WORDS);
  return text;
}

export interface Evasion {
  readonly name: string;
  /** The view that is to see it. */
  readonly view: string;
  /** Recall that is promised, in percent. */
  readonly target: number;
  readonly terms: readonly string[];
  /** `undefined` where the term cannot be written so. */
  readonly write: (random: Random, term: string) => string | undefined;
}

const traditional = new Map<string, string>();
const simplifiedPairs = [...SIMPLIFIED_PAIRS];
for (let at = 0; at < simplifiedPairs.length; at += 2)
  traditional.set(simplifiedPairs[at + 1] ?? '', simplifiedPairs[at] ?? '');

/** Characters that stand in everyday words, by how they are mostly read. */
const everyday = new Set(WORDS.join(''));
const soundOf = new Map<string, string>();
const soundAlike = new Map<string, string[]>();
for (const item of FIRST_READINGS.split(' ')) {
  const syllable = /^[a-z]+/.exec(item)?.[0] ?? '';
  const characters = [...item.slice(syllable.length)];
  for (const character of characters) soundOf.set(character, syllable);
  soundAlike.set(
    syllable,
    characters.filter((character) => everyday.has(character)),
  );
}
/** In two parts, or in three; nobody splits a character into strokes. */
const partsOf = new Map<string, string>();
for (const count of [3, 2])
  for (const item of COMPONENTS.split(' ').reverse())
    if (item.length === count + 1 && !/[一丷乀亅乛亠]/.test(item.slice(1)))
      partsOf.set(item[0] ?? '', item.slice(1));

const each = (
  term: string,
  write: (character: string, index: number) => string | undefined,
): string | undefined => {
  const written = [...term].map(write);
  const text = written.map((one, index) => one ?? [...term][index]).join('');
  return text === term ? undefined : text;
};
const between = (term: string, write: (gap: number) => string): string =>
  [...term].map((character, index) => (index === 0 ? character : write(index) + character)).join('');
const homophone = (random: Random, character: string): string | undefined => {
  const others = (soundAlike.get(soundOf.get(character) ?? '') ?? []).filter((other) => other !== character);
  return others.length === 0 ? undefined : pick(random, others);
};
const NOISE = list('. * - _ · ~ | / + ， 、 。 ; : # @ & ^ ` … — ！');
const EMOJI = list('😀 👍 🌟 ❤️ 🐶 🎉 👍🏻 🔥 💰 👨‍👩‍👧');
const PICTURES: Readonly<Record<string, string>> = {
  钱: '💰',
  赌: '🎰',
  毒: '☠',
  枪: '🔫',
  信: '✉️',
  鼠: '🐭',
  票: '🎫',
  房: '🏠',
  账: '🧾',
  马: '🐴',
  飞: '✈️',
  水: '💧',
  证: '🪪',
};
const LEET: Readonly<Record<string, string>> = {
  a: '@',
  e: '3',
  i: '1',
  o: '0',
  s: '$',
  t: '7',
  l: '1',
  b: '8',
  g: '9',
};

export const EVASIONS: readonly Evasion[] = [
  {
    name: 'literal',
    view: 'Folded',
    target: 99.5,
    terms: [...TERMS, ...LATIN_TERMS],
    write: (_, term) => term,
  },
  {
    name: 'traditional',
    view: 'Folded',
    target: 99.5,
    terms: TERMS,
    write: (_, term) => each(term, (character) => traditional.get(character)),
  },
  {
    name: 'width',
    view: 'Folded',
    target: 99.5,
    terms: LATIN_TERMS,
    write: (_, term) => each(term, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  },
  {
    name: 'zero-width',
    view: 'Folded',
    target: 99.5,
    terms: [...TERMS, ...LATIN_TERMS],
    write: (random, term) =>
      between(term, () => pick(random, ['\u200b', '\u200d', '\ufeff', '\u2060', '\ufe0f'])),
  },
  {
    name: 'lookalike letters',
    view: 'Folded',
    target: 99.5,
    terms: LATIN_TERMS,
    write: (_, term) =>
      each(term, (letter) => ({ a: 'а', e: 'е', o: 'о', i: 'і', p: 'р', c: 'с', s: 'ѕ' })[letter]),
  },
  {
    name: 'blanks',
    view: 'Separators',
    target: 99.5,
    terms: [...TERMS, ...LATIN_TERMS],
    write: (random, term) => between(term, () => pick(random, [' ', '  ', '\u3000', '\t'])),
  },
  {
    name: 'punctuation',
    view: 'Separators',
    target: 99.5,
    terms: [...TERMS, ...LATIN_TERMS],
    write: (random, term) => between(term, () => pick(random, NOISE)),
  },
  {
    name: 'emoji between',
    view: 'Separators',
    target: 99.5,
    terms: TERMS,
    write: (random, term) => between(term, () => pick(random, EMOJI)),
  },
  {
    name: 'emoji for words',
    view: 'Emoji',
    target: 97,
    terms: TERMS,
    write: (_, term) => each(term, (character) => PICTURES[character]),
  },
  {
    name: 'one homophone',
    view: 'Pinyin',
    target: 97,
    terms: TERMS,
    write: (random, term) => {
      const chosen = Math.floor(random() * term.length);
      return each(term, (character, index) => (index === chosen ? homophone(random, character) : undefined));
    },
  },
  {
    name: 'all homophones',
    view: 'Pinyin',
    target: 97,
    terms: TERMS,
    write: (random, term) => each(term, (character) => homophone(random, character)),
  },
  {
    name: 'pinyin in one',
    view: 'Pinyin',
    target: 97,
    terms: TERMS,
    write: (_, term) => each(term, (character) => soundOf.get(character)),
  },
  {
    name: 'pinyin with blanks',
    view: 'Pinyin',
    target: 97,
    terms: TERMS,
    write: (_, term) => [...term].map((character) => soundOf.get(character) ?? character).join(' '),
  },
  {
    name: 'characters and pinyin',
    view: 'Pinyin',
    target: 97,
    terms: TERMS,
    write: (random, term) => {
      const chosen = Math.floor(random() * term.length);
      return each(term, (character, index) => (index === chosen ? soundOf.get(character) : undefined));
    },
  },
  {
    name: 'parts',
    view: 'Split',
    target: 90,
    terms: TERMS,
    write: (_, term) => each(term, (character) => partsOf.get(character)),
  },
  {
    name: 'initials',
    view: 'Initials',
    target: 95,
    terms: TERMS,
    write: (_, term) => each(term, (character) => soundOf.get(character)?.[0]),
  },
  {
    name: 'reversal',
    view: 'Reversed',
    target: 95,
    terms: TERMS,
    write: (_, term) => [...term].reverse().join(''),
  },
  {
    name: 'leet',
    view: 'Leet',
    target: 95,
    terms: LATIN_TERMS,
    write: (random, term) => each(term, (letter) => (random() < 0.6 ? LEET[letter] : undefined)),
  },
  {
    name: 'numerals',
    view: 'Numbers',
    target: 97,
    terms: NUMBER_TERMS,
    write: (random, term) => writeNumerals(random, term),
  },
];

const NUMERALS = ['零一二三四五六七八九', '〇壹贰叁肆伍陆柒捌玖', '０１２３４５６７８９', '⓪①②③④⑤⑥⑦⑧⑨'];

function writeNumerals(random: Random, term: string): string | undefined {
  const digits = pick(random, NUMERALS);
  return each(term, (character) => (/\d/.test(character) ? [...digits][Number(character)] : undefined));
}

export interface Written {
  readonly text: string;
  readonly term: string;
  readonly start: number;
  readonly end: number;
}

/** Writes terms into harmless text, anywhere that they do not run into a word or number. */
export function writeEvasions(evasion: Evasion, contexts: readonly string[], seed: number): Written[] {
  const random = seededRandom(seed);
  const written: Written[] = [];
  for (const term of evasion.terms)
    for (const context of contexts) {
      const shown = evasion.write(random, term);
      if (shown === undefined) continue;
      const start = placeIn(random, context, shown);
      if (start === undefined) continue;
      written.push({
        text: context.slice(0, start) + shown + context.slice(start),
        term,
        start,
        end: start + shown.length,
      });
    }
  return written;
}

/** A place between two characters where the written does not run into a word or number of the text; `undefined` when there is none. */
function placeIn(random: Random, context: string, shown: string): number | undefined {
  for (let tries = 0; tries < 50; tries++) {
    const at = Math.floor(random() * (context.length + 1));
    const before = context.slice(Math.max(0, at - 1), at);
    const after = context.slice(at, at + 1);
    if (JOINED.test(before) || JOINED.test(after)) continue;
    if (!runsOn(before, shown.slice(0, 1)) && !runsOn(shown.slice(-1), after)) return at;
  }
  return undefined;
}

/** Halves of emoji and what joins them. */
const JOINED = /^(?:[\ud800-\udfff]|\u200d|\ufe0f)$/;
const NUMERAL = /^[\d〇一二三四五六七八九十零壹贰叁肆伍陆柒捌玖０-９①-⑨⓪]$/u;
const WORD = /^(?!\p{sc=Han})[\p{L}\p{N}]$/u;

const runsOn = (left: string, right: string): boolean =>
  (WORD.test(left) && WORD.test(right)) || (NUMERAL.test(left) && NUMERAL.test(right));

/** Evasions as people write them, text → the term that is meant. Independent of every table. */
export const HAND_WRITTEN: readonly (readonly [view: string, term: string, text: string])[] = [
  ['Separators', '保本', '放心 保/本 的'],
  ['Separators', '内幕消息', '有 内.幕.消.息 要吗'],
  ['Separators', '赌博', '一起赌⭐博去'],
  ['Separators', '加微信', '加~微~信聊'],
  ['Emoji', '加微信', '加V信聊'],
  ['Emoji', '微信', '我的薇❤️是abc'],
  ['Emoji', '赚钱', '带你赚💰'],
  ['Emoji', '手枪', '手🔫出售'],
  ['Emoji', '发红包', '进群发🧧'],
  ['Emoji', '赌钱', '🎲💰去不去'],
  ['Pinyin', '保本', '保笨的放心'],
  ['Pinyin', '微信', '加我wei信'],
  ['Pinyin', '内幕消息', '内木消息你要不要'],
  ['Pinyin', '回扣', 'huikou怎么给'],
  ['Pinyin', '洗钱', '帮忙xi钱'],
  ['Pinyin', '银行卡', '收因行卡'],
  ['Pinyin', '诈骗', '这是炸片吧'],
  ['Pinyin', '贿赂', '会路他'],
  ['Pinyin', '赌博', '堵搏网站'],
  ['Pinyin', '发票', '代开发漂'],
  ['Pinyin', '重庆', '去虫庆'],
  ['Pinyin', '裸聊', '罗聊吗'],
  ['Split', '违法', '这是违氵去的'],
  ['Split', '诈骗', '讠乍马扁电话'],
  ['Split', '赌博', '贝者博'],
  ['Split', '信用卡', '亻言用卡套现'],
  ['Split', '枪支', '木仓支'],
  ['Split', '银行', '钅艮行'],
  ['Split', '股票', '月殳票'],
  ['Split', '钱', '钅戋'],
  ['Leet', 'password', 'send me the p@ssw0rd'],
  ['Leet', 'kickback', 'k1ckb4ck ok?'],
  ['Leet', 'insider', '1n51der info'],
  ['Numbers', '13800138000', '打幺三八零零幺三八零零零'],
  ['Numbers', '95588', '拨玖伍伍捌捌'],
  ['Numbers', '一夜情', '1夜情'],
  ['Initials', '保本', '这个bb的'],
  ['Initials', '微信', '加wx聊'],
  ['Initials', '银行卡', 'yhk发我'],
  ['Reversed', '内幕消息', '息消幕内'],
];
