// What people say all day: topics with turns, in the languages they use. None of it breaks a policy.
import type { SeededRandom } from './seeded-random.ts';

export type Language = 'zh' | 'yue' | 'en' | 'mixed' | 'other';

const SLOTS: Readonly<Record<string, readonly string[]>> = {
  person: [
    '王经理',
    '小李',
    '陈总',
    '张工',
    '阿明',
    '刘姐',
    '周老师',
    '林小姐',
    '黄生',
    '何太',
    'Kelvin',
    'Mandy',
    'Tony',
    '赵主任',
    '孙助理',
    '吴律师',
    '老徐',
    '马会计',
  ],
  product: [
    '稳健二号',
    '天天宝',
    '新锐成长',
    '季季享',
    '安心存',
    '全球配置',
    '债券精选',
    '科创先锋',
    '养老目标',
    '货币增利',
    '沪港深优选',
    '消费龙头',
  ],
  time: [
    '今天下午三点',
    '明早九点半',
    '周五之前',
    '下周一',
    '月底',
    '中午十二点',
    '晚上八点',
    '节后第一天',
    '下班前',
    '这个季度',
    '十五分钟后',
    '周三上午',
  ],
  place: [
    '二楼会议室',
    '浦东办公室',
    '深圳分公司',
    '国贸三期',
    '客户那边',
    '海淀店',
    '中环',
    '尖沙咀',
    '前台',
    '线上会议',
    '仓库',
    '三号厅',
  ],
  doc: [
    '合同',
    '报价单',
    '风险测评问卷',
    '对账单',
    '会议纪要',
    '发票',
    '开户资料',
    '产品说明书',
    '周报',
    '培训材料',
    '投诉单',
    '回访记录',
  ],
  amount: ['三万', '五十万', '12,800元', '两百万', '8600', '一千二', '¥45,000', '十来万', '3.5万', '九千九'],
  thing: [
    '打印机',
    '投影仪',
    '门禁卡',
    '快递',
    '盆栽',
    '咖啡机',
    '耳机',
    '笔记本',
    '样品',
    '充电器',
    '名片',
    '雨伞',
  ],
  food: ['盖浇饭', '麻辣烫', '叉烧饭', '沙拉', '饺子', '肠粉', '火锅', '云吞面', '寿司', '煎饼'],
  city: ['上海', '广州', '香港', '成都', '杭州', '澳门', '新加坡', '武汉', '东京', '西安'],
  emoji: ['😊', '👍', '🙏', '😂', '🎉', '🌧️', '☕', '💪', '', '', ''],
  en: [
    'the draft',
    'the invoice',
    'the slides',
    'the client call',
    'the onboarding form',
    'the quarterly numbers',
    'the signed copy',
    'the meeting notes',
    'the ticket',
    'the shipment',
  ],
  when: [
    'today',
    'by noon',
    'tomorrow morning',
    'before Friday',
    'next week',
    'after lunch',
    'at 4pm',
    'this evening',
    'by end of day',
    'on Monday',
  ],
};

const TEMPLATES: Readonly<Record<Language, readonly string[]>> = {
  zh: [
    '{person}，{doc}{time}能给我吗',
    '好的，我{time}发您{emoji}',
    '{product}的说明书在群文件里，麻烦{person}看一下',
    '刚跟{person}通过电话，{time}到{place}碰一下',
    '{city}这边下雨了，{time}的会改到{place}',
    '{thing}又坏了，谁有空去{place}看看',
    '中午吃{food}吗？{person}说一起',
    '{amount}的那笔已经到账，{doc}补一下章',
    '收到，谢谢{person}{emoji}',
    '麻烦核对一下{doc}，第{n}页数字对不上',
    '客户{person}想了解{product}的申购流程',
    '风险等级R{r}，请先完成风险测评再看{product}',
    '{time}系统维护{n}分钟，请提前保存',
    '我在{place}，{person}到了叫我',
    '{doc}已寄出，单号SF{digits}',
    '{product}昨天净值{decimal}，涨跌都正常，您参考公告',
    '这周{city}出差，{doc}请{person}代签',
    '订单{digits}还没发货，{person}跟进一下',
    '生日快乐{person}{emoji}',
    '打车票记得贴好，{time}交给{person}',
    '{place}空调太冷了{emoji}',
    '会议号{digits}，{time}开始',
  ],
  yue: [
    '{person}，{doc}搞掂未呀',
    '我{time}先得闲，{place}等你啦',
    '唔該晒{emoji}',
    '佢哋話{product}嘅資料聽日先有',
    '食咗飯未？不如去食{food}',
    '而家{city}落緊大雨，記得帶{thing}',
    '呢份{doc}我睇過喇，第{n}頁有啲唔啱',
    '得，我哋{time}再傾',
    '{person}喺{place}，你搵佢啦',
    '我哋嘅系统而家好慢，等多{n}分鐘',
    '系边度开会呀？{place}定系{city}',
    '冇问题，{doc}我{time}畀返你',
    '單嘢{amount}，你覺得點',
    '早晨{person}，今日{product}有冇新消息',
  ],
  en: [
    'Hi {person}, could you send me {en} {when}?',
    'Sure, {en} will be with you {when} {emoji}',
    'Thanks, got it',
    'Page {n} of {en} looks off, can you double check?',
    "I'm at {place}, running {n} minutes late",
    'Let us move the call to {when}',
    'Order {digits} has shipped',
    'Please review {en} {when}, legal is waiting',
    'Who is covering {city} {when}?',
    'Lunch {when}? {food} again',
    'The fund factsheet for {product} is attached',
    'Can someone restart the printer near {place}',
    'Invoice {digits} for {amount} is approved',
    'See you {when} {person}',
  ],
  mixed: [
    '{person} 麻烦 confirm 一下 {en}',
    'FYI {doc}已经 update 了',
    '我{time} join 那个 call，link 发我',
    '呢个 deadline 系 {when}，唔好迟',
    '{product} 的 deck 我 review 完了，第{n}页 typo',
    'OK {person}，let me check 然后回你',
    '今日 meeting 改咗去{place}，sorry',
    'budget 大概{amount}，{when} 前定',
  ],
  other: [
    '{person}さん、資料は{n}部お願いします',
    '会議は{n}時からです、よろしくお願いします',
    '회의 자료 {n}부 준비해 주세요',
    '내일 {n}시에 뵙겠습니다',
    'ياخشىمۇسىز، ھۆججەت {n} تەييار',
    'Xin chào, hóa đơn {digits} đã gửi',
    'สวัสดีครับ เอกสาร {n} ชุดพร้อมแล้ว',
    'Добрый день, счёт {digits} отправлен',
  ],
};

/** One ordinary sentence. */
export function sayPlainly(random: SeededRandom, language: Language): string {
  return fillSlots(random, random.pick(TEMPLATES[language]));
}

/** Fills `{slot}`s; unknown slots are numbers of the kind their name says. */
export function fillSlots(random: SeededRandom, template: string): string {
  return template.replace(/\{(\w+)\}/g, (_whole, slot: string) => {
    const words = SLOTS[slot];
    if (words !== undefined) return random.pick(words);
    switch (slot) {
      case 'n':
        return String(2 + random.integer(58));
      case 'r':
        return String(1 + random.integer(5));
      case 'decimal':
        return `1.${String(random.integer(10_000)).padStart(4, '0')}`;
      case 'digits':
        return String(100_000_000 + random.integer(899_999_999));
      default:
        throw new Error(`no slot is called ${slot}`);
    }
  });
}
