// What a kind of secret is: a pattern, behind words of which one must occur.

export const SECRET_KINDS = [
  'PrivateKey',
  'AwsAccessKey',
  'AwsSecretKey',
  'GcpKey',
  'AzureKey',
  'AliyunKey',
  'TencentCloudKey',
  'HuaweiCloudKey',
  'OtherCloudKey',
  'GitHubToken',
  'SlackToken',
  'AiServiceKey',
  'ServiceToken',
  'RobotWebhook',
  'WeChatSecret',
  'Jwt',
  'UrlPassword',
  'Password',
  'GenericSecret',
] as const;

/** In order of precedence: of two rules that match the same characters, the earlier kind wins. */
export type SecretKind = (typeof SECRET_KINDS)[number];

export interface SecretRule {
  readonly kind: SecretKind;
  /** In lower case. One of these is in every text that the pattern matches. */
  readonly literals: readonly string[];
  /** Global. Every repeat is bounded or cannot begin twice in the same place, so that it is linear on any text. */
  readonly pattern: RegExp;
  /** The group that is the secret itself: at the end of the match, or the pattern has the flag d. Default, the whole match. */
  readonly group?: number;
  /** Leaves out what has the form and is none. `after` is what follows the match. */
  readonly accept?: (secret: string, after: string) => boolean;
}

/** Bits per character (Shannon). Words of a language have 2 to 3, random letters and digits of 20 places about 4. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Letters and digits mixed as chance mixes them: no example, no name, no word. */
export function looksRandom(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text) && entropyOf(text) >= 3 && !PLACEHOLDER.test(text);
}

/** What documentation writes where a secret would stand. A key that only contains `EXAMPLE` may be pasted from it and is reported. */
export const PLACEHOLDER =
  /^(?:[x*.#_-]+$|<|\$\{|\{\{|%[({]|\[|your|my[_-]?(?:password|secret|token|key)|(?:example|sample|placeholder|dummy)(?![a-z0-9])|change[_-]?me|xxx|(?:null|none|nil|undefined|true|false)$)|[_-](?:example|here|placeholder)(?![a-z0-9])/i;
