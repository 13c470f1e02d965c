// Made-up personal data that are believed because of the words beside them, and the same without those words, which are nothing.
import type { LabelledText } from './detection-corpus-personal-data.ts';
import { digits, number, pick, type Random, two } from './make-ids.ts';
import { seededRandom } from './scan-corpus.ts';

const LETTERS = [...'ABCDEFGHJKLMNPQRSTUVWXYZ'];
const NAMES = ['张伟', '王芳', '李小龙', '欧阳娜娜', '陈静', '刘德華', '司马懿', '赵敏'];

interface Announced {
  readonly kind: string;
  readonly before: readonly string[];
  readonly make: (random: Random) => string;
  /** Where the same value stands and is nothing; absent where its form is enough. */
  readonly unannounced?: readonly string[];
}

const place = (random: Random): string =>
  pick(random, [
    '北京市朝阳区建国路',
    '上海市浦东新区张江路',
    '广东省深圳市南山区深南大道',
    '杭州市西湖区文三路',
    '朝阳区望京西园四区',
    '香港九龍彌敦道',
  ]);

const ANNOUNCED: readonly Announced[] = [
  {
    kind: 'WeChatId',
    before: ['微信号', '加V：', '我的vx是', '加我微信 ', 'WeChat ID: ', '薇信：', 'V❤：'],
    make: (random) =>
      `${pick(random, ['lucky', 'wang_', 'Li-', 'amy'])}${digits(random, number(random, 3, 8))}`,
    unannounced: ['工号', '型号', '房间'],
  },
  {
    kind: 'Qq',
    before: ['QQ', 'QQ号：', '扣扣', '加Q'],
    make: (random) => `${number(random, 1, 9)}${digits(random, number(random, 6, 9))}`,
    unannounced: ['金额', '数量：', 'ID '],
  },
  {
    kind: 'Name',
    before: ['姓名：', '收件人:', '联系人：', '我叫', '持卡人：'],
    make: (random) => pick(random, NAMES),
    unannounced: ['问下', '给', '@'],
  },
  {
    kind: 'Address',
    before: ['地址：', '寄到', '我住在', '收货地址:'],
    make: (random) =>
      `${place(random)}${number(random, 1, 999)}号${number(random, 1, 20)}栋${number(random, 1, 30)}${two(number(random, 1, 12))}室`,
  },
  {
    kind: 'Passport',
    before: ['护照', '护照号码：', 'passport no. '],
    make: (random) => `${pick(random, ['G', 'E', 'D'])}${number(random, 3, 9)}${digits(random, 7)}`,
  },
  {
    kind: 'Passport',
    before: ['', '我的是', '（'],
    make: (random) => `E${pick(random, LETTERS)}${digits(random, 7)}`,
  },
  {
    kind: 'TravelPermit',
    before: ['回乡证', '港澳通行证号：', '台胞证'],
    make: (random) => `${pick(random, ['H', 'M', 'C'])}${digits(random, 8)}`,
    unannounced: ['型号', '零件', '座位'],
  },
  {
    kind: 'MacauId',
    before: ['', '澳門身份證', '我係'],
    make: (random) => `${pick(random, ['1', '5', '7'])}${digits(random, 6)}(${digits(random, 1)})`,
  },
  {
    kind: 'OverseasPhone',
    before: ['', '電話', 'call '],
    make: (random) =>
      `${pick(random, ['+852 ', '+852-', '00852'])}${pick(random, ['2', '5', '6', '9'])}${digits(random, 7)}`,
  },
  {
    kind: 'ResidentId',
    before: ['', '老身份证', '（'],
    make: (random) =>
      `${pick(random, ['110101', '310104', '440106'])}${two(number(random, 40, 79))}${two(number(random, 1, 12))}${two(number(random, 1, 28))}${digits(random, 3)}`,
    unannounced: ['单号', '订单', '流水'],
  },
];

const AFTER = ['', '，谢谢', '。', ' ok', '\n收到'];

/** `count` texts for each. */
export function writeAnnounced(count: number, seed: number): LabelledText[] {
  const random = seededRandom(seed);
  const write = ({ kind, make }: Announced, before: string, isFound: boolean): LabelledText => {
    const written = make(random);
    const expected = isFound
      ? [{ start: before.length, end: before.length + written.length, validity: 'Valid' }]
      : [];
    const way = isFound ? 'announced, or enough' : 'not announced';
    return { text: before + written + pick(random, AFTER), kind, way, expected };
  };
  return ANNOUNCED.flatMap((announced) =>
    Array.from({ length: count }, () => [
      write(announced, pick(random, announced.before), true),
      ...(announced.unannounced === undefined
        ? []
        : [write(announced, pick(random, announced.unannounced), false)]),
    ]).flat(),
  );
}
