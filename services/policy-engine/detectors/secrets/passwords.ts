// Passwords: in the address of a database or server, in an assignment, and in prose (密码是…), but not the many sentences about
// passwords that hold none (密码错误, 忘记密码, 密码8-16位, password is required).
import { looksRandom, PLACEHOLDER, type SecretRule } from './secret-rule.ts';

const WORDS = ['密码', '密碼', '口令', 'passw', 'passcode', 'pwd', 'psw', 'pass', 'pw'];
const NAMES = String.raw`(?:密[码碼]|(?<!淘|吱|红包|紅包)口令|(?<![A-Za-z])(?:[\w.-]{0,20}[_.-])?(?:password|passwd|passcode|pwd|psw|pass(?= ?[:：=])|pw(?= ?[:：=]))|(?<=[a-z])(?:Password|Passwd|Pwd))(?:[（(][^）)\n]{1,8}[）)])?`;
const JOIN = String.raw`(?:就是|是|為|为|改成了?|改为了?|设为|设成|设置为|重置为)\s?[:：=＝]{0,2}|[:：=＝]{1,2}|->|→|⇒`;
const QUOTE = String.raw`["'“‘「『\x60]?`;
const VALUE = `${QUOTE}([!-~]{4,64})`;

export const PASSWORDS: readonly SecretRule[] = [
  {
    kind: 'UrlPassword',
    literals: ['://'],
    pattern: /(?<![a-z])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/?#]{0,64}:([^\s@/]{1,128})@[\w.[\]-]{1,255}/dgi,
    group: 1,
    accept: (secret) => !PLACEHOLDER.test(secret) && !/^\d{1,5}$/.test(secret),
  },
  // `密码是…`, `password: …`, `pwd=…`: what joins the two says that a password follows.
  {
    kind: 'Password',
    literals: WORDS,
    pattern: new RegExp(String.raw`${NAMES}["']?\s{0,3}(?:${JOIN})\s{0,3}${VALUE}`, 'gi'),
    group: 1,
    accept: isPassword,
  },
  // `password is …`, where most sentences go on with a word.
  {
    kind: 'Password',
    literals: WORDS,
    pattern: new RegExp(
      String.raw`(?<![A-Za-z])(?:password|passwd|passcode|pwd)(?: (?:for|of|to) [\w ]{1,30}?)?(?:'s| is) ${VALUE}`,
      'gi',
    ),
    group: 1,
    accept: (secret, after) => /[^A-Za-z.,;:!?'"-]/.test(secret) && isPassword(secret, after),
  },
  // `密码Abc123`: nothing joins them, so that the value must look like one.
  {
    kind: 'Password',
    literals: ['密码', '密碼', '口令', 'pwd'],
    pattern: new RegExp(
      String.raw`(?:密[码碼]|(?<!淘|吱|红包|紅包)口令|(?<![A-Za-z])pwd)\s{0,3}(?![:=])${VALUE}`,
      'gi',
    ),
    group: 1,
    accept: (secret, after) => secret.length >= 6 && /\d/.test(secret) && isPassword(secret, after),
  },
  {
    kind: 'GenericSecret',
    literals: ['secret', 'token', 'key', 'credential', 'bearer', 'session', '密钥', '秘钥', '密鑰', '令牌'],
    pattern:
      /(?<![A-Za-z0-9])(?:[\w.-]{0,30}(?:secret|token|credentials?|(?:api|access|secret|private|auth|sign|encrypt|app|client|service)[_.-]?key|session_?id)[\w-]{0,15}|[ads]k|密钥|秘钥|密鑰|令牌)["'\]]{0,2}\s{0,3}(?::=|=>|[:：=＝]|是|为|為)\s{0,3}(?:Bearer )?["'`]?([A-Za-z0-9+/=_.~-]{16,256})/gi,
    group: 1,
    accept: (secret) => looksRandom(secret) && !/^https?:/.test(secret),
  },
  {
    kind: 'GenericSecret',
    literals: ['bearer '],
    pattern: /(?<![A-Za-z])Bearer ([A-Za-z0-9+/=_.~-]{16,512})/gi,
    group: 1,
    accept: looksRandom,
  },
];

/** Words that stand where a password would, in sentences about passwords, and code that fetches one. */
const NO_PASSWORD =
  /^(?:(?:incorrect|wrong|invalid|required|error|expired|reset|empty|missing|weak|strong|not|too|the|this|that|optional|string|varchar|text|hidden|forgot(?:ten)?|changed?|hash(?:ed)?|correct|same|stored|must|should|please|wifi|password|passwd|pwd|input|for)(?![A-Za-z0-9@#$%!_])|process\.|os\.|getenv|self\.|this\.|req(?:uest)?\.|get\()/i;
/** `密码是6-16位`: how long it must be, or how often. */
const COUNTED = /^\d{1,4}(?:[-~至到]\d{1,4})?$/;
const COUNTERS = /^[位个次字年月天元分條条]/;

function isPassword(secret: string, after: string): boolean {
  if (NO_PASSWORD.test(secret) || PLACEHOLDER.test(secret) || /^https?:/i.test(secret)) return false;
  return !(COUNTERS.test(after) && (COUNTED.test(secret) || /^\d+$/.test(secret)));
}
