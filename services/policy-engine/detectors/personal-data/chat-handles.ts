// WeChat ids and QQ numbers. By themselves they are any word or number, so each is believed only behind words that announce it;
// `wxid_…` announces itself.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

const HEARTS = ['❤', '♥', '♡', '💗', '💓', '💕', '心'];
/** One of these is in every text that {@link findWeChatIds} finds something in. */
export const WECHAT_CLUES = [
  ...'微信 薇信 威信 v信 加微 加我微 加个微 加下微 加薇 加威 加v 加我v 加个v 加下v wechat weixin wx vx v:'.split(
    ' ',
  ),
  ...['微', '薇', '威', 'v'].flatMap((name) => HEARTS.map((heart) => name + heart)),
];

const ANNOUNCED = [
  '微信(?:号|id|账号)?',
  '(?:薇信|威信|v信)(?:号)?',
  '加(?:我|个|下)?(?:微|v)',
  '加(?:薇|威)',
  `(?:微|薇|威|(?<![a-z])v)(?:${HEARTS.join('|')})`,
  '(?<![a-z])(?:wechat(?: ?id)?|weixin|wx|vx)(?:号)?',
  '(?<![a-z])v(?=:)',
];
const WECHAT = new RegExp(
  `(${ANNOUNCED.join('|')})([ :=是为,>→❤♥♡-]{0,4})([a-z][a-z0-9_-]{5,19})(?![a-z0-9_.@-])`,
  'g',
);
const OWN = /(?<![a-z0-9_])wxid_[a-z0-9]{10,20}(?![a-z0-9_])/g;
const STRONG = /号|id|加|[❤♥♡心]/;
/** One of these is in every text that {@link findQqNumbers} finds something in. */
export const QQ_CLUES = 'qq 扣扣 企鹅 加q 加我q 加个q 加下q q:'.split(' ');
const QQ =
  /(?:(?<![a-z])qq|扣扣|企鹅|加(?:我|个|下)?q|(?<![a-z])q(?=:))(?:号码?|群|号)?[ :=是为,-]{0,4}([1-9]\d{4,10})(?!\d|[a-z]|\.\d)/g;

export function findWeChatIds(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  if (!/[微薇威]|v[x信:❤♥♡💗💓💕心]|加.?v|wx|wechat|weixin/u.test(shown)) return candidates;
  for (const match of matchesOf(WECHAT, shown)) {
    const [written, word = '', gap = '', id = ''] = match;
    // `微信 payment` is a word; an id behind a bare name has a digit, an underscore or a colon before it.
    const isTelling = /[0-9_]/.test(id) || /[:=是为]/.test(gap) || (STRONG.test(word) && !WORDS.has(id));
    if (!isTelling || WORDS.has(id)) continue;
    const end = match.index + written.length;
    candidates.push({ kind: 'WeChatId', start: end - id.length, end, value: id, validity: 'Valid' });
  }
  for (const { 0: id, index } of matchesOf(OWN, shown))
    candidates.push({ kind: 'WeChatId', start: index, end: index + id.length, value: id, validity: 'Valid' });
  return candidates;
}

/** What stands behind the name of the programme and is no id. */
const WORDS: ReadonlySet<string> = new Set(
  'wechat weixin official account payment mini-program program number please contact channel moments wallet service android iphone enterprise'.split(
    ' ',
  ),
);

export function findQqNumbers(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  if (!/[q扣鹅]/.test(shown)) return candidates;
  for (const { 0: written, index, 1: number = '' } of matchesOf(QQ, shown)) {
    const end = index + written.length;
    candidates.push({ kind: 'Qq', start: end - number.length, end, value: number, validity: 'Valid' });
  }
  return candidates;
}
