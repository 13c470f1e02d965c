// Secrets as people paste them, and the sentences about secrets that hold none. Every secret here is made up.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { message, ruleOf, textsOf } from '../judging.testkit.ts';
import { readSecrets } from './secrets/read-secrets.ts';
import { SECRET_KINDS } from './secrets/secret-rule.ts';
import { listSecrets } from './secrets.ts';

const found = (text: string): string[] =>
  readSecrets(text).map(({ kind, start, end }) => `${kind}:${text.slice(start, end)}`);

/** Joined here, so that no scanner of this repository takes an invented key for a real one. */
const key = (...parts: string[]): string => parts.join('');
const R32 = 'k3Jx9QmZ27LpVtR8sWb4NcYd6HfGa1Ue';

const AWS = key('AK', 'IA', 'Q7XZP3MNB5LK2WVT');
const ALIYUN = key('LT', 'AI', '5tKq8Zr3Wm7Xp2Vn9Bc4Hd6J');
const TENCENT = key('AK', 'ID', R32);
const GITHUB = key('gh', 'p_', R32, 'a1B2');
const OPENAI = key('sk', '-proj-', R32, R32);
const GOOGLE = key('AI', 'za', R32, 'a1B');
const JWT = key(
  'ey',
  'JhbGciOiJIUzI1NiJ9.',
  'ey',
  'JzdWIiOiIxMjM0NTY3ODkwIn0.',
  'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
);

test.each<[string, string[]]>([
  [`AK是${AWS}，别外传`, [`AwsAccessKey:${AWS}`]],
  [`aws_secret_access_key = ${R32}abCD12/+`, [`AwsSecretKey:${R32}abCD12/+`]],
  [`阿里云${ALIYUN}的`, [`AliyunKey:${ALIYUN}`]],
  [`secretId：${TENCENT}`, [`TencentCloudKey:${TENCENT}`]],
  ['华为云AK：K3JX9QMZ27LPVTR8SWB4', ['HuaweiCloudKey:K3JX9QMZ27LPVTR8SWB4']],
  ['订单K3JX9QMZ27LPVTR8SWB4', []],
  [`token ${GITHUB}`, [`GitHubToken:${GITHUB}`]],
  [`用这个${OPENAI}试试`, [`AiServiceKey:${OPENAI}`]],
  [`地图key：${GOOGLE}`, [`GcpKey:${GOOGLE}`]],
  [`Authorization: Bearer ${JWT}`, [`Jwt:${JWT}`]],
  [key('xox', 'b-123456789012-abcdefABCDEF'), [key('SlackToken:xox', 'b-123456789012-abcdefABCDEF')]],
  ['https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa', []],
  [
    'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2a1fa5aaa',
    ['RobotWebhook:693a91f6-7abc-4bc4-97a0-0ec2a1fa5aaa'],
  ],
  [
    'corpsecret=k3Jx9QmZ27LpVtR8sWb4NcYd6HfGa1Ue-k3Jx9QmZ27',
    ['WeChatSecret:k3Jx9QmZ27LpVtR8sWb4NcYd6HfGa1Ue-k3Jx9QmZ27'],
  ],
  ['AppSecret：0123456789abcdef0123456789abcdef', ['WeChatSecret:0123456789abcdef0123456789abcdef']],
  [
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----完',
    ['PrivateKey:-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----'],
  ],
  ['密钥-----BEGIN OPENSSH PRIVATE KEY-----', ['PrivateKey:-----BEGIN OPENSSH PRIVATE KEY-----']],
  ['-----BEGIN PUBLIC KEY-----', []],
  ['mysql://root:Pa55w0rd!@10.0.0.1:3306/db', ['UrlPassword:Pa55w0rd!']],
  ['redis://:s3cret@cache', ['UrlPassword:s3cret']],
  ['http://localhost:8080/@me', []],
  [`postgres://user:$\{PASSWORD}@db/x`, []],
  ['api_key = "9f8a7c6b5d4e3f2a1b0c9d8e"', ['GenericSecret:9f8a7c6b5d4e3f2a1b0c9d8e']],
  ['密钥：9f8a7c6b5d4e3f2a1b0c9d8e', ['GenericSecret:9f8a7c6b5d4e3f2a1b0c9d8e']],
  ['access_token: your_access_token_here', []],
  ['token = get_access_token_from_server', []],
  ['api_key=xxxxxxxxxxxxxxxxxxxx', []],
  // Prose.
  ['密码是Abc12345，记得改', ['Password:Abc12345']],
  ['登录密碼：Qwer!234', ['Password:Qwer!234']],
  ['密码：１２３４５６', ['Password:１２３４５６']],
  ['密\u200b码是Abc12345', ['Password:Abc12345']],
  ['wifi密码88886666哈', ['Password:88886666']],
  ['账号admin 密码admin@123', ['Password:admin@123']],
  ['口令是open-sesame', ['Password:open-sesame']],
  ['密码改成Xy78!kk了', ['Password:Xy78!kk']],
  ['Password: hunter2', ['Password:hunter2']],
  ['my password is Tr0ub4dor&3.', ['Password:Tr0ub4dor&3']],
  ['pwd=Zx9_kk', ['Password:Zx9_kk']],
  ['DB_PASSWORD="s3cr3t-99"', ['Password:s3cr3t-99']],
  ['登陆密码为：P@ssw0rd', ['Password:P@ssw0rd']],
  ['密码（初始）：Abc@123', ['Password:Abc@123']],
  ['pass: letmein123', ['Password:letmein123']],
  ['pw=abc12345', ['Password:abc12345']],
  ['the password for the zip is Sunny2024', ['Password:Sunny2024']],
  ["my password's abc12345", ['Password:abc12345']],
  ['密码：wifi2024', ['Password:wifi2024']],
  ['keystore.password=changeit', ['Password:changeit']],
  [
    'appid wx1234567890abcdef secret 0123456789abcdef0123456789abcdef',
    ['WeChatSecret:0123456789abcdef0123456789abcdef'],
  ],
  ['Cookie: JSESSIONID=8A7B6C5D4E3F2A1B0C9D8E7F6A5B4C3D', ['GenericSecret:8A7B6C5D4E3F2A1B0C9D8E7F6A5B4C3D']],
  ['the password is with John', []],
  ['password: wrong', []],
  ['密码错误', []],
  ['忘记密码了怎么办', []],
  ['密码是多少', []],
  ['密码是8-16位', []],
  ['密码6位数字', []],
  ['密码连续输错5次', []],
  ['请输入密码', []],
  ['password is incorrect', []],
  ['password: required', []],
  ['Password reset link', []],
  ['pwd=******', []],
  ['复制这段淘口令￥abcd1234￥', []],
  ['验证码123456', []],
  ['密码 https://example.com/reset', []],
])('%s', (text, expected) => {
  expect(found(text)).toEqual(expected);
});

it('finds a key wherever it stands in running text', () => {
  const secret = fc.constantFrom(AWS, ALIYUN, TENCENT, GITHUB, OPENAI, GOOGLE, JWT);
  const around = fc.constantFrom('', '是', '：', '（', '，请保密', ' ', '\n', '"', '😀');
  fc.assert(
    fc.property(around, secret, around, (before, written, after) => {
      const text = before + written + after;
      expect(readSecrets(text).map(({ start, end }) => text.slice(start, end))).toEqual([written]);
    }),
  );
});

it('wakes for whatever reading finds', () => {
  const texts = [
    AWS,
    `aws_secret_access_key = ${R32}abCD12/+`,
    ALIYUN,
    TENCENT,
    '华为云AK：K3JX9QMZ27LPVTR8SWB4',
    GITHUB,
    OPENAI,
    GOOGLE,
    JWT,
    '-----BEGIN PRIVATE KEY-----',
    'mysql://root:Pa55w0rd!@db',
    '密碼：Qwer!234',
    '密\u200b码是Abc12345',
    'ＰＷＤ＝Zx9_kk',
    '密鑰：9f8a7c6b5d4e3f2a1b0c9d8e',
  ];
  for (const text of texts) {
    const [secret] = readSecrets(text);
    expect(secret, text).toBeDefined();
    const engine = ruleOf({ any: [{ secrets: { kinds: [secret?.kind ?? 'Jwt'] } }] });
    expect(textsOf(engine, message(text))).toEqual([text.slice(secret?.start, secret?.end)]);
  }
});

it('has a rule for every kind', () => {
  const texts = SECRET_KINDS.filter((kind) => {
    const engine = ruleOf({ any: [{ secrets: { kinds: [kind] } }] });
    return engine.looks.every(({ terms }) => terms.length === 0);
  });
  expect(texts).toEqual([]);
});

describe('64 KiB of anything', () => {
  test.each([
    'sk-',
    'eyJ',
    'eyJa.',
    'AKIA',
    'password=',
    '密码',
    '密码是',
    'a://b:',
    'secret',
    'secret_',
    '_',
    'token-',
    '-----BEGIN PRIVATE KEY-----',
    '-----END PRIVATE KEY-----',
    'aws ',
    '华为',
    'a',
    ' ',
    'key=',
    '"',
  ])('of %s stays within bounds', (piece) => {
    const text = piece.repeat(Math.ceil(65_536 / piece.length));
    expect(readSecrets(`${text} token password secret key sk- eyj akia ://`).length).toBeLessThanOrEqual(
      text.length,
    );
  });
});

it('lists with values masked', () => {
  expect(listSecrets('密码是Abc12345')).toEqual([
    { kind: 'Password', start: 3, end: 11, value: 'Ab****45', validity: 'Valid' },
  ]);
});
