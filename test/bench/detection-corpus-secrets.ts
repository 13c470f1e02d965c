// Made-up secrets in made-up chat with their exact place, and sentences about secrets that hold none.
import type { LabelledText } from './detection-corpus-personal-data.ts';
import { seededRandom } from './scan-corpus.ts';

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const from = (random: Random, alphabet: string, length: number): string =>
  repeat(length, () => pick(random, [...alphabet])).join('');
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const MIXED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const HEX = '0123456789abcdef';

/** Letters and digits, some of each. */
const random62 = (random: Random, length: number): string =>
  `${from(random, MIXED, length - 4)}${pick(random, ['a1B2', '9xK3', 'Q7w0'])}`;
const uuid = (random: Random): string =>
  [8, 4, 4, 4, 12].map((length) => from(random, HEX, length)).join('-');
const password = (random: Random): string =>
  pick(random, [
    () =>
      `${pick(random, ['Admin', 'Qwer', 'Zhang', 'abc', 'Test'])}${pick(random, ['@', '!', '#', ''])}${from(random, '0123456789', 4)}`,
    () => from(random, '0123456789', 6 + Math.floor(random() * 3)),
    () => random62(random, 10),
  ])();

/** Text before, the secret, text after; the prefixes are joined so that no scanner takes this file for a leak. */
type Make = (random: Random) => readonly [before: string, secret: string, after: string];

const MADE: readonly (readonly [kind: string, way: string, make: Make])[] = [
  ['AwsAccessKey', 'AWS', (random) => ['AK是', `${'AK'}IA${from(random, UPPER, 16)}`, '，别外传']],
  ['AliyunKey', '阿里云', (random) => ['阿里云', `${'LT'}AI${random62(random, 20)}`, '的']],
  ['TencentCloudKey', '腾讯云', (random) => ['secretId：', `${'AK'}ID${random62(random, 32)}`, '。']],
  ['HuaweiCloudKey', '华为云', (random) => ['华为云的AK：', `${from(random, UPPER, 17)}7A2`, ' 记下']],
  ['GitHubToken', 'GitHub', (random) => ['token ', `${'gh'}p_${from(random, MIXED, 36)}`, '\n']],
  ['AiServiceKey', 'sk-', (random) => ['用', `${'sk'}-${random62(random, 40)}`, '试试']],
  ['GcpKey', 'Google', (random) => ['地图key：', `${'AI'}za${from(random, MIXED, 35)}`, '']],
  [
    'Jwt',
    'JWT',
    (random) => [
      '',
      `${'ey'}J${from(random, MIXED, 20)}.${'ey'}J${from(random, MIXED, 30)}.${from(random, MIXED, 43)}`,
      ' 过期了',
    ],
  ],
  [
    'RobotWebhook',
    'WeCom robot',
    (random) => ['https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=', uuid(random), ''],
  ],
  [
    'RobotWebhook',
    'DingTalk robot',
    (random) => ['https://oapi.dingtalk.com/robot/send?access_token=', from(random, HEX, 64), '这个'],
  ],
  [
    'PrivateKey',
    'PEM',
    (random) => [
      '',
      `-----BEGIN RSA PRIVATE KEY-----\n${from(random, MIXED, 60)}\n-----END RSA PRIVATE KEY-----`,
      '',
    ],
  ],
  ['UrlPassword', 'database', (random) => ['连mysql://root:', random62(random, 9), '@10.0.0.1:3306/db']],
  ['GenericSecret', 'assignment', (random) => ['api_key = "', random62(random, 28), '"']],
  [
    'Password',
    '密码是',
    (random) => [
      pick(random, ['密码是', '登录密码是', '服务器密码：', '密碼：', '口令是', '密码为']),
      password(random),
      pick(random, ['，记得改', '。', ' 谢谢', '']),
    ],
  ],
  [
    'Password',
    '账号密码',
    (random) => [`账号admin 密码`, `${pick(random, ['Aa', 'xY'])}${from(random, '0123456789', 6)}`, ''],
  ],
  [
    'Password',
    'password:',
    (random) => [
      pick(random, ['password: ', 'Password is ', 'pwd=', 'passwd：']),
      `${pick(random, ['Aa', 'xY'])}${from(random, '0123456789', 6)}`,
      pick(random, ['', ' thx', '，']),
    ],
  ],
];

/** `count` texts for every kind of secret. */
export function writeSecrets(count: number, seed: number): LabelledText[] {
  const random = seededRandom(seed);
  return MADE.flatMap(([kind, way, make]) =>
    repeat(count, () => {
      const [before, secret, after] = make(random);
      const expected = [{ start: before.length, end: before.length + secret.length, validity: 'Valid' }];
      return { text: before + secret + after, kind, way, expected };
    }),
  );
}

const NO_SECRETS: readonly string[] = [
  '密码错误，再试一次',
  '忘记密码了怎么办',
  '请输入密码',
  '密码是多少？',
  '密码是8-16位',
  '密码6位数字',
  '密码连续输错5次会锁',
  '改密码要走审批',
  '密码发我邮箱',
  '密码强度不够',
  '密码不能告诉别人',
  '你的密码过期了',
  '支付密码和登录密码不一样',
  '密码本放哪了',
  '密碼唔啱',
  '口令红包来了',
  '复制淘口令打开',
  'password is incorrect',
  'password: required',
  'Password reset link',
  'forgot password?',
  'please change your password',
  'the password must be 8 characters',
  'pwd=******',
  'token过期了',
  '这个key是什么意思',
  'secret garden',
  'api_key=xxxxxxxxxxxxxxxx',
  'access_token: your_access_token_here',
  '验证码123456',
  'key point: delivery on time',
  'Aki asks for the ASIA report',
  '-----BEGIN CERTIFICATE-----',
  'http://localhost:8080/@me',
  'bearer of good news',
  '密钥管理制度已更新',
  'monkey business',
];

/** Sentences that hold no secret, in some of the places where chats put them. */
export function writeNoSecrets(): LabelledText[] {
  return NO_SECRETS.flatMap((sentence) =>
    [sentence, `${sentence}。`, `王总，${sentence}`, `${sentence}\n收到`].map((text) => ({
      text,
      kind: 'Secret',
      way: 'about secrets',
      expected: [],
    })),
  );
}
