// Made-up chat full of numbers, codes and dots that are nobody's data, no secret and no address: what costs a detector its credit.
import { seededRandom } from './scan-corpus.ts';

type Random = () => number;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const from = (random: Random, alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
const digits = (random: Random, length: number): string => from(random, '0123456789', length);
const nonZero = (random: Random, length: number): string =>
  from(random, '123456789', 1) + digits(random, length - 1);
const between = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));
const two = (value: number): string => String(value).padStart(2, '0');
const HEX = '0123456789abcdef';
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ';

const day = (random: Random): string =>
  `${between(random, 2018, 2027)}${two(between(random, 1, 12))}${two(between(random, 1, 28))}`;
const time = (random: Random): string => `${two(between(random, 0, 23))}:${two(between(random, 0, 59))}`;
const amount = (random: Random): string =>
  `${between(random, 1, 99)},${digits(random, 3)},${digits(random, 3)}.${digits(random, 2)}`;

const SENTENCES: readonly ((random: Random) => string)[] = [
  (random) => `订单号${day(random)}${digits(random, 10)}，麻烦查一下物流`,
  (random) => `单号${nonZero(random, between(random, 10, 20))}还没到账`,
  (random) => `微信支付交易单号42000${digits(random, 23)}`,
  (random) => `支付宝流水号${day(random)}2200${digits(random, 16)}`,
  (random) => `顺丰SF${digits(random, 13)}，明天到`,
  (random) => `快递YT${digits(random, 13)}已签收`,
  (random) => `发票代码${digits(random, 12)}，号码${digits(random, 8)}`,
  (random) => `合同编号HT-${day(random)}-${digits(random, 3)}已盖章`,
  (random) => `会议号${nonZero(random, 3)} ${digits(random, 3)} ${digits(random, 3)}，${time(random)}开始`,
  (random) => `腾讯会议：${nonZero(random, 3)}-${digits(random, 3)}-${digits(random, 3)}`,
  (random) => `金额${amount(random)}元，税额${between(random, 1, 9999)}.${digits(random, 2)}`,
  (random) =>
    `股票代码${pick(random, ['600', '000', '300', '688'])}${digits(random, 3)}今天涨${between(random, 0, 9)}.${digits(random, 2)}%`,
  (random) => `基金${digits(random, 6)}净值1.${digits(random, 4)}，较昨日+0.${digits(random, 4)}`,
  (random) =>
    `${day(random)}版本v${between(random, 1, 9)}.${between(random, 0, 20)}.${between(random, 0, 99)}已上线`,
  (random) => `文件：报表_${day(random)}_${digits(random, 6)}.xlsx`,
  (random) => `IMG_${day(random)}_${digits(random, 6)}.jpg`,
  (random) => `commit ${from(random, HEX, 40)}`,
  (random) => `trace id ${from(random, HEX, 32)}，帮看下日志`,
  (random) => `md5是${from(random, HEX, 32)}`,
  (random) => `请求id：${[8, 4, 4, 4, 12].map((length) => from(random, HEX, length)).join('-')}`,
  (random) => `时间戳17${digits(random, 11)}对不上`,
  (random) =>
    `坐标${between(random, 100, 130)}.${digits(random, 6)},${between(random, 20, 45)}.${digits(random, 6)}`,
  (random) => `条码69${digits(random, 11)}缺货`,
  (random) => `ISBN 978-7-${digits(random, 3)}-${digits(random, 5)}-${digits(random, 1)}`,
  (random) =>
    `物料${from(random, UPPER, 2)}${digits(random, 6)}-${digits(random, 2)}补货${between(random, 1, 500)}箱`,
  (random) => `航班${pick(random, ['CA', 'MU', 'CZ', 'HU'])}${digits(random, 4)}，${time(random)}起飞`,
  (random) =>
    `${pick(random, ['G', 'D', 'K'])}${digits(random, 4)}次，${between(random, 1, 16)}车${between(random, 1, 20)}${pick(random, ['A', 'B', 'C', 'F'])}`,
  (random) => `${between(random, 1, 30)}楼${digits(random, 4)}室开会，坐${between(random, 1, 20)}号线过来`,
  (random) =>
    `${between(random, 2024, 2027)}.${between(random, 1, 12)}.${between(random, 1, 28)}前提交，${time(random)}截止`,
  (random) => `验证码${digits(random, 6)}，5分钟内有效`,
  (random) => `工号${digits(random, 6)}的考勤异常`,
  (random) => `客服热线400-${digits(random, 3)}-${digits(random, 4)}`,
  (random) => `打955${digits(random, 2)}问下银行`,
  (random) => `比分${between(random, 0, 5)}:${between(random, 0, 5)}，第${between(random, 1, 90)}分钟`,
  (random) => `体重${between(random, 40, 90)}.${digits(random, 1)}，身高1${digits(random, 2)}`,
  (random) =>
    `套餐含${between(random, 1, 500)}GB，每月${between(random, 19, 199)}元，详见第${between(random, 1, 9)}.${between(random, 1, 9)}.${between(random, 1, 9)}条`,
  (random) =>
    `Invoice #${digits(random, 8)} due ${between(random, 1, 28)}/${between(random, 1, 12)}/2026, total USD ${amount(random)}.`,
  (random) => `PO ${digits(random, 10)} shipped, ETA ${time(random)}.Please confirm`,
  (random) => `model ${from(random, UPPER, 1)}${digits(random, 7)} is out of stock`,
  (random) => `Ticket INC${digits(random, 7)} closed.Thanks`,
  (random) => `the key point is on page ${between(random, 1, 99)}, i.e. the token ring`,
  () => `请重置密码后登录，忘记密码点下面`,
  (random) => `密码锁坏了，${between(random, 1, 30)}楼的`,
  () => `微信群里说一下，微信支付也可以`,
  (random) => `使用${digits(random, 6)}次之后要换`,
  (random) => `新B股${digits(random, 5)}手，云A平台`,
  () => `一共三千五百二十一，零头不要了`,
  () => `二〇二六年十二月二十一日上午`,
  () => `我家在人民路附近，走路5分钟`,
  () => `地铁2号线到3号口出来`,
  () => `联系人我稍后发你`,
  () => `用Node.js和Vue.js写，后端ASP.NET`,
  () => `好的。ok。收到`,
];

/** Texts that hold nothing. */
export function writeHarmless(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const first = pick(random, SENTENCES)(random);
    return random() < 0.3
      ? `${first}${pick(random, ['，', '\n', '。', ' '])}${pick(random, SENTENCES)(random)}`
      : first;
  });
}
