// Generated from crds/compliancepolicies.yaml by crds/generate-types.ts. Do not edit: change the CRD and run `npm run generate`.

/**
 * CompliancePolicy says what to look for in captured messages, in which of them, and who is told. Each rule that a message breaks makes one finding with evidence that points into the original text.
 */
export interface CompliancePolicy {
  apiVersion: 'menshen.dev/v1alpha1';
  kind: 'CompliancePolicy';
  metadata: ObjectMeta;
  spec: CompliancePolicySpec;
  status?: CompliancePolicyStatus;
}
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: {
    [k: string]: string;
  };
  annotations?: {
    [k: string]: string;
  };
}
/**
 * What the policy looks for. At least one rule, or sampling, is needed.
 */
export interface CompliancePolicySpec {
  /**
   * What this policy is for, in words a reviewer understands. `menshen scan` prints it with findings of rules that have none.
   */
  description?: string;
  tenants?: TenantSelector;
  /**
   * Enforce: findings are recorded and routed as compliance alerts. Shadow: findings are recorded, marked as shadow, and nobody is told, to try a policy on live messages. Default Enforce.
   */
  mode?: 'Enforce' | 'Shadow';
  /**
   * Severity of this policy's findings, unless a rule has its own. Default Medium.
   */
  severity?: 'Low' | 'Medium' | 'High' | 'Critical';
  scope?: Scope;
  /**
   * What to look for. Each rule that holds for a message makes one finding. At most 32 rules of at most 16 conditions a list.
   *
   * @maxItems 32
   */
  rules?: Rule[];
  /**
   * Messages that make no finding for a limited time. For participants who are never judged use scope.senders.except.
   *
   * @maxItems 64
   */
  exceptions?: PolicyException[];
  sampling?: Sampling;
  /**
   * What is done with a finding besides recording it. Default, the tenant's alert routes decide who is told.
   *
   * @maxItems 8
   */
  actions?: Action[];
  /**
   * Examples the policy must get right. They run before a revision goes live; a revision with a failing test does not go live, and the last good one stays.
   *
   * @maxItems 128
   */
  tests?: PolicyTest[];
}
/**
 * Which WeComTenants of this namespace the policy judges, by their labels. All requirements must hold. Default (absent or empty): every tenant of the namespace.
 */
export interface TenantSelector {
  /**
   * Labels a tenant must carry with exactly these values.
   */
  matchLabels?: {
    [k: string]: string;
  };
  /**
   * Requirements on a tenant's labels; all must hold.
   *
   * @maxItems 16
   */
  matchExpressions?: TenantRequirement[];
}
export interface TenantRequirement {
  /**
   * Label key.
   */
  key: string;
  /**
   * How the label's value relates to values.
   */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * Values for In and NotIn.
   *
   * @maxItems 64
   */
  values?: string[];
}
/**
 * Which messages the policy judges. Everything given must hold. Default (absent or empty), every message.
 */
export interface Scope {
  /**
   * Inbound: an external contact wrote. Outbound: staff wrote and someone external can read it. Internal: neither. A message whose direction is not known matches every direction, so that nothing slips through. Default, all.
   *
   * @minItems 1
   * @maxItems 3
   */
  direction?: ('Internal' | 'Inbound' | 'Outbound')[];
  /**
   * Kinds of conversation. Default, both.
   *
   * @minItems 1
   * @maxItems 2
   */
  conversations?: ('Direct' | 'Group')[];
  /**
   * WeCom message types (msgtype) to judge; `unknown` stands for every type that is not in this list. Default, all.
   *
   * @minItems 1
   * @maxItems 40
   */
  messageTypes?: (
    | 'text'
    | 'image'
    | 'revoke'
    | 'agree'
    | 'disagree'
    | 'voice'
    | 'video'
    | 'card'
    | 'location'
    | 'emotion'
    | 'file'
    | 'link'
    | 'weapp'
    | 'chatrecord'
    | 'todo'
    | 'vote'
    | 'collect'
    | 'redpacket'
    | 'external_redpacket'
    | 'meeting'
    | 'meeting_notification'
    | 'docmsg'
    | 'markdown'
    | 'news'
    | 'calendar'
    | 'mixed'
    | 'meeting_voice_call'
    | 'voip_doc_share'
    | 'sphfeed'
    | 'voiptext'
    | 'qydiskfile'
    | 'switch'
    | 'unknown'
  )[];
  senders?: ScopedParticipants;
  recipients?: ScopedParticipants;
}
/**
 * Who wrote the message. Default, anyone.
 */
export interface ScopedParticipants {
  /**
   * Kinds of participant; a participant of unknown kind matches every kind. Default, all.
   *
   * @minItems 1
   * @maxItems 3
   */
  kinds?: ('Staff' | 'External' | 'Robot')[];
  /**
   * WeCom userids or external_userids, compared exactly. When departments is given too, either is enough.
   *
   * @minItems 1
   * @maxItems 1000
   */
  ids?: string[];
  /**
   * Department paths from the root, such as `Acme/Sales`; sub-departments are included. In scope, a staff member whose departments are not known matches. When ids is given too, either is enough.
   *
   * @minItems 1
   * @maxItems 256
   */
  departments?: string[];
  except?: Participants;
}
/**
 * Participants who are left out although they match. They match only when they are known to.
 */
export interface Participants {
  /**
   * WeCom userids or external_userids, compared exactly. When departments is given too, either is enough.
   *
   * @minItems 1
   * @maxItems 1000
   */
  ids?: string[];
  /**
   * Department paths from the root, such as `Acme/Sales`; sub-departments are included. In scope, a staff member whose departments are not known matches. When ids is given too, either is enough.
   *
   * @minItems 1
   * @maxItems 256
   */
  departments?: string[];
}
export interface Rule {
  /**
   * Name of the rule, unique in the policy. Part of a finding's identity; renaming a rule makes new findings.
   */
  name: string;
  /**
   * Why the rule looks for it: the law or practice it serves, and what to do about a finding. `menshen scan` prints it with each finding. Default, the policy's.
   */
  description?: string;
  /**
   * Severity of this rule's findings. Default, the policy's severity.
   */
  severity?: 'Low' | 'Medium' | 'High' | 'Critical';
  /**
   * Severity of a finding by the view that saw its hits; of several hits the most severe decides. Default, the rule's severity, and one step less for what only Pinyin, Initials or Reversed sees.
   *
   * @maxItems 10
   */
  viewSeverity?: ViewSeverity[];
  /**
   * At least one of these conditions must hit. Default, no requirement.
   *
   * @maxItems 16
   */
  any?: Condition[];
  /**
   * Every one of these conditions must hit, anywhere in the message. Default, no requirement.
   *
   * @maxItems 16
   */
  all?: Condition[];
  /**
   * Exclusions. A keywords or pattern condition takes away the hits of any and all that it overlaps in the same text, and no others: `不保本` takes away the `保本` inside it, while a second `保本` elsewhere still counts. A type or size condition that hits takes away the whole rule. Default, no exclusion.
   *
   * @maxItems 16
   */
  not?: Condition[];
}
export interface ViewSeverity {
  /**
   * The view, as under see.
   */
  view:
    | 'Literal'
    | 'Folded'
    | 'Separators'
    | 'Emoji'
    | 'Numbers'
    | 'Leet'
    | 'Split'
    | 'Pinyin'
    | 'Initials'
    | 'Reversed';
  /**
   * Severity of what only this view sees.
   */
  severity: 'Low' | 'Medium' | 'High' | 'Critical';
}
/**
 * Exactly one of keywords, pattern, type, size, personalData, secrets, urls, language, lures, workingHours, forwarded, sticker, burst, model and expr.
 */
export interface Condition {
  keywords?: KeywordsCondition;
  pattern?: PatternCondition;
  personalData?: PersonalDataCondition;
  secrets?: SecretsCondition;
  urls?: UrlsCondition;
  language?: LanguageCondition;
  lures?: LuresCondition;
  /**
   * The last resort: a CEL expression over all facts of the message, which hits when it is true. It may ask messageType, direction (Internal, Inbound, Outbound, Unknown), conversation (Direct, Group), sender {id, kind, departments}, recipients {ids, staff, external, robot, unknown, departments}, texts (a list) and text (all of them, by lines), files [{path, sizeBytes}], stickers [{md5, format}], personalData and secrets (kinds, each as often as it is there), urls [{host, domain, kinds}] and languages. A wrong name or type is refused; so is matches (use pattern), and reading a list or text inside another list, so that no expression grows dear with the message. Where it has no value for a message it does not hold.
   */
  expr?: string;
  workingHours?: WorkingHoursCondition;
  forwarded?: ForwardedCondition;
  sticker?: StickerCondition;
  burst?: BurstCondition;
  model?: ModelCondition;
  type?: TypeCondition;
  size?: SizeCondition;
}
/**
 * Hits where one of the terms occurs in a text of the message.
 */
export interface KeywordsCondition {
  /**
   * Words or phrases, in any language. For more than 1024 use lexiconRef. A term is seen through the same view as the message, so one spelling (traditional or simplified, any case or width) is enough in the Folded view.
   *
   * @minItems 1
   * @maxItems 1024
   */
  terms?: string[];
  /**
   * Terms that need views of their own, or that harmless words hold. They add to terms.
   *
   * @minItems 1
   * @maxItems 64
   */
  tuned?: TunedTerms[];
  lexiconRef?: LexiconRef;
  near?: Near;
  /**
   * Where a term begins or ends with a letter or digit of a script that separates words by spaces (Latin, Cyrillic, Greek, Arabic …), the text beside it must not go on with such a letter or digit: `pass` does not hit `passenger`. Terms in Han, kana, Hangul, Thai and the like are not affected. Default true.
   */
  wholeWords?: boolean;
  /**
   * Views of the text to look at. Literal: exactly as written. Folded: case, width, compatibility forms, lookalike letters and traditional or simplified writing made equal, invisible characters removed. Separators: what stands between the characters of a word taken away. Emoji: emoji and code words as what they stand for. Numbers: numerals in any form as digits. Leet: digits and signs in Latin words as letters. Split: characters written in parts put together. Pinyin: by sound, in other characters or in letters. Initials: first letters of the syllables. Reversed: backwards. Each but Literal also sees what Folded sees. Hits that only Pinyin, Initials or Reversed sees are one step less severe, unless viewSeverity says otherwise. Default Folded.
   *
   * @minItems 1
   * @maxItems 10
   */
  see?: (
    | 'Literal'
    | 'Folded'
    | 'Separators'
    | 'Emoji'
    | 'Numbers'
    | 'Leet'
    | 'Split'
    | 'Pinyin'
    | 'Initials'
    | 'Reversed'
  )[];
}
export interface TunedTerms {
  /**
   * Words or phrases, as under terms.
   *
   * @minItems 1
   * @maxItems 256
   */
  terms: string[];
  /**
   * Views in which these terms are looked for. Default, those of the condition.
   *
   * @minItems 1
   * @maxItems 10
   */
  see?: (
    | 'Literal'
    | 'Folded'
    | 'Separators'
    | 'Emoji'
    | 'Numbers'
    | 'Leet'
    | 'Split'
    | 'Pinyin'
    | 'Initials'
    | 'Reversed'
  )[];
  /**
   * Harmless words, as the Folded view shows them. A hit of these terms that overlaps one does not count: the false friends of a term that is heard (非但 for 飞单).
   *
   * @minItems 1
   * @maxItems 64
   */
  except?: string[];
}
/**
 * A word list kept in the object store, of up to 500,000 terms.
 */
export interface LexiconRef {
  /**
   * SHA-256 of the list: UTF-8 text with one term a line; empty lines and lines that begin with `#` are left out.
   */
  digest: string;
}
/**
 * A keyword hits only when one of these terms stands near it in the same text. Terms are looked for in the same views.
 */
export interface Near {
  /**
   * Terms of which one must stand near the keyword.
   *
   * @minItems 1
   * @maxItems 256
   */
  terms: string[];
  /**
   * Most characters (UTF-16 code units of the text as Folded shows it) between the keyword and the near term; 0 means side by side. Default 20.
   */
  within?: number;
  /**
   * Which of the two must come first. Default Either.
   */
  order?: 'Either' | 'KeywordFirst' | 'KeywordLast';
}
/**
 * Hits where a regular expression matches in a text of the message.
 */
export interface PatternCondition {
  /**
   * Regular expression in RE2 syntax (linear time; no look-around, no back-references), searched anywhere in each text. In the Folded view it is matched without regard to case, and its characters are folded like the text. It must not match the empty text.
   */
  regex: string;
  /**
   * Views of the text to search, Literal or Folded; see keywords. Default Folded.
   *
   * @minItems 1
   * @maxItems 2
   */
  see?: ('Literal' | 'Folded')[];
}
/**
 * Hits where personal data stand in a text of the message: told by form, checksum and the words beside them, whether written in one piece, with blanks or dashes, in full width or, for numbers, in Chinese numerals.
 */
export interface PersonalDataCondition {
  /**
   * What counts. Passport (other than E…), TravelPermit, OrganizationCode, WeChatId, Qq and Name count only beside words that announce them. Default, every kind.
   *
   * @minItems 1
   * @maxItems 20
   */
  kinds?: (
    | 'ResidentId'
    | 'ForeignResidentId'
    | 'UnifiedSocialCreditCode'
    | 'OrganizationCode'
    | 'Iban'
    | 'TaiwanId'
    | 'HongKongId'
    | 'MacauId'
    | 'TravelPermit'
    | 'Passport'
    | 'Mobile'
    | 'Landline'
    | 'OverseasPhone'
    | 'BankCard'
    | 'Qq'
    | 'VehiclePlate'
    | 'WeChatId'
    | 'Email'
    | 'Address'
    | 'Name'
  )[];
  /**
   * Valid: the form is right, and the checksum where the kind has one. ChecksumWrong: the form is right and the checksum is not, as in a mistyped or invented number. Default Valid.
   *
   * @minItems 1
   * @maxItems 2
   */
  validity?: ('Valid' | 'ChecksumWrong')[];
  /**
   * Distinct values that the message must hold; the same one twice counts once. Default 1.
   */
  atLeast?: number;
}
/**
 * Hits where a secret stands in a text of the message: keys and tokens by their form, passwords by the words before them. Sentences about passwords (密码错误, password is required) do not count.
 */
export interface SecretsCondition {
  /**
   * What counts. OtherCloudKey: Baidu, Volcengine, JD Cloud, DigitalOcean. AiServiceKey: sk-… and hf_…. RobotWebhook: keys of group robots of WeCom, DingTalk and Feishu. UrlPassword: the password in scheme://user:password@host. GenericSecret: a random value assigned to something named secret, token or key. Default, every kind.
   *
   * @minItems 1
   * @maxItems 19
   */
  kinds?: (
    | 'PrivateKey'
    | 'AwsAccessKey'
    | 'AwsSecretKey'
    | 'GcpKey'
    | 'AzureKey'
    | 'AliyunKey'
    | 'TencentCloudKey'
    | 'HuaweiCloudKey'
    | 'OtherCloudKey'
    | 'GitHubToken'
    | 'SlackToken'
    | 'AiServiceKey'
    | 'ServiceToken'
    | 'RobotWebhook'
    | 'WeChatSecret'
    | 'Jwt'
    | 'UrlPassword'
    | 'Password'
    | 'GenericSecret'
  )[];
}
/**
 * Hits where an address of the net stands in a text of the message: with a scheme or bare, beside Chinese without a blank, disguised or not. Everything given must hold of one address; with nothing given every address hits.
 */
export interface UrlsCondition {
  /**
   * The host is one of these domains or below one: `example.com` counts `www.example.com` as well. Default, any.
   *
   * @minItems 1
   * @maxItems 1024
   */
  domains?: string[];
  domainsRef?: DomainListRef;
  /**
   * The host is none of these domains and below none; with lookAlikeOf, the brand's sister domains. Default, none.
   *
   * @minItems 1
   * @maxItems 1024
   */
  notDomains?: string[];
  notDomainsRef?: DomainListRef;
  /**
   * It is on one of these lists of bad addresses, such as feeds of phishing or malware addresses that `menshen lexicon push --from-url` fetches. Evidence names the list by its digest. Default, not asked.
   *
   * @minItems 1
   * @maxItems 8
   */
  listedIn?: ThreatListRef[];
  /**
   * The address is of one of these kinds. Ip: a machine's address in any notation. ShortLink: a service that hides where a link leads. Punycode: letters beyond ASCII in the host. MixedScripts: of several alphabets in one label. UserInfo: something before an @. Port: not the usual one. Scheme: neither web nor bare, such as weixin:// or javascript:. Disguised: hxxp, [.], 。and the like. Default, any.
   *
   * @minItems 1
   * @maxItems 8
   */
  kinds?: ('Ip' | 'ShortLink' | 'Punycode' | 'MixedScripts' | 'UserInfo' | 'Port' | 'Scheme' | 'Disguised')[];
  /**
   * The host passes itself off as one of these domains (`icbc.com.cn`): letters that look alike, one letter changed, the name with other words, under another suffix, or before another domain. Default, not asked.
   *
   * @minItems 1
   * @maxItems 256
   */
  lookAlikeOf?: string[];
}
/**
 * A list of domains kept in the object store, one a line, of up to 500,000; added to the list beside it.
 */
export interface DomainListRef {
  /**
   * SHA-256 of the list: UTF-8 text with one domain a line; empty lines and lines that begin with `#` are left out.
   */
  digest: string;
}
export interface ThreatListRef {
  /**
   * SHA-256 of the list: UTF-8 text with one host or address a line. A host counts with everything below it; an address with a path counts for that page only, with any query unless the line has one.
   */
  digest: string;
}
/**
 * Hits stretches of text by the language they are written in, told from script, words and letters; the shorter a stretch, the less sure. Numbers, emoji and addresses of the net belong to no language.
 */
export interface LanguageCondition {
  /**
   * A stretch in one of these languages hits. zh: either writing of Mandarin. yue, wuu, nan, hak: written Cantonese, Shanghainese, Southern Min and Hakka, by their words. zh-Latn: pinyin. id: Indonesian and Malay. mixed: every stretch of a text that is in several languages. und: what cannot be told. Default, any.
   *
   * @minItems 1
   * @maxItems 32
   */
  in?: (
    | 'zh'
    | 'zh-Hans'
    | 'zh-Hant'
    | 'zh-Latn'
    | 'yue'
    | 'wuu'
    | 'nan'
    | 'hak'
    | 'en'
    | 'ja'
    | 'ko'
    | 'vi'
    | 'th'
    | 'id'
    | 'ug'
    | 'bo'
    | 'mn'
    | 'kk'
    | 'ii'
    | 'ru'
    | 'uk'
    | 'be'
    | 'bg'
    | 'sr'
    | 'ky'
    | 'tt'
    | 'tg'
    | 'uz'
    | 'ar'
    | 'fa'
    | 'ur'
    | 'ku'
    | 'de'
    | 'fr'
    | 'es'
    | 'pt'
    | 'it'
    | 'tr'
    | 'nl'
    | 'pl'
    | 'tl'
    | 'el'
    | 'he'
    | 'hi'
    | 'bn'
    | 'ta'
    | 'te'
    | 'kn'
    | 'ml'
    | 'pa'
    | 'gu'
    | 'si'
    | 'lo'
    | 'km'
    | 'my'
    | 'ka'
    | 'hy'
    | 'am'
    | 'mixed'
    | 'und'
  )[];
  /**
   * A stretch in none of these languages hits; what cannot be told (und) does not, unless in asks for it. Default, any.
   *
   * @minItems 1
   * @maxItems 32
   */
  notIn?: (
    | 'zh'
    | 'zh-Hans'
    | 'zh-Hant'
    | 'zh-Latn'
    | 'yue'
    | 'wuu'
    | 'nan'
    | 'hak'
    | 'en'
    | 'ja'
    | 'ko'
    | 'vi'
    | 'th'
    | 'id'
    | 'ug'
    | 'bo'
    | 'mn'
    | 'kk'
    | 'ii'
    | 'ru'
    | 'uk'
    | 'be'
    | 'bg'
    | 'sr'
    | 'ky'
    | 'tt'
    | 'tg'
    | 'uz'
    | 'ar'
    | 'fa'
    | 'ur'
    | 'ku'
    | 'de'
    | 'fr'
    | 'es'
    | 'pt'
    | 'it'
    | 'tr'
    | 'nl'
    | 'pl'
    | 'tl'
    | 'el'
    | 'he'
    | 'hi'
    | 'bn'
    | 'ta'
    | 'te'
    | 'kn'
    | 'ml'
    | 'pa'
    | 'gu'
    | 'si'
    | 'lo'
    | 'km'
    | 'my'
    | 'ka'
    | 'hy'
    | 'am'
    | 'mixed'
    | 'und'
  )[];
  /**
   * Letters, or Han characters, that the language must have in one text in sum. With mixed, also what each of the languages must have to count. Default 1.
   */
  minLetters?: number;
}
/**
 * Hits what is said to draw people to another channel, money out of them or codes from their phones, and harassment: phrases of lists that come with Menshen, in Mandarin, Cantonese and English, also where they are written to evade. A sentence that warns of it does not count.
 */
export interface LuresCondition {
  /**
   * What counts. OffChannel: to private accounts and other messengers. PaymentBait: red packets, rebates, private accounts for payment. Urgency and Authority: haste, secrecy, the voice of a boss or an office. CodePrompt: asking for verification codes and passwords. Insult, SexualHarassment, Threat: against a person. Default, every kind.
   *
   * @minItems 1
   * @maxItems 8
   */
  kinds?: (
    | 'OffChannel'
    | 'PaymentBait'
    | 'Urgency'
    | 'Authority'
    | 'CodePrompt'
    | 'Insult'
    | 'SexualHarassment'
    | 'Threat'
  )[];
}
/**
 * Hits when the message was written outside working hours, or inside: by the time WeCom gives it, a fixed offset from UTC and the days listed here. A message whose time is not known does not hit.
 */
export interface WorkingHoursCondition {
  /**
   * Which of the two hits. Default Outside.
   */
  is?: 'Inside' | 'Outside';
  /**
   * How far local time is ahead of UTC. Default +08:00.
   */
  utcOffset?: string;
  /**
   * Local time at which work begins, HH:MM. Default 09:00.
   */
  from?: string;
  /**
   * Local time at which it ends, not included; before the beginning, it is that of the next day. Default 18:00.
   */
  to?: string;
  /**
   * Days on which work begins. Default Monday to Friday.
   *
   * @minItems 1
   * @maxItems 7
   */
  days?: ('Sunday' | 'Monday' | 'Tuesday' | 'Wednesday' | 'Thursday' | 'Friday' | 'Saturday')[];
  /**
   * Days off, whatever their weekday. Default, none.
   *
   * @minItems 1
   * @maxItems 400
   */
  holidays?: string[];
  /**
   * Days worked, whatever their weekday, such as weekends moved by decree (调休). Default, none.
   *
   * @minItems 1
   * @maxItems 400
   */
  workdays?: string[];
}
/**
 * Hits when the message is, or holds, a forwarded record; a record inside a record is two deep.
 */
export interface ForwardedCondition {
  /**
   * Least depth that hits. Default 1.
   */
  atLeastDepth?: number;
}
/**
 * Hits stickers (表情), also in forwarded records. WeCom gives a sticker's MD5 and format and nothing of what it shows, so what it means is what the lists here say, and the MD5 is WeCom's claim. Everything given must hold of one sticker; with nothing given every sticker hits.
 */
export interface StickerCondition {
  /**
   * It is one of these. Default, any, known or not.
   *
   * @minItems 1
   * @maxItems 512
   */
  known?: KnownSticker[];
  knownRef?: StickerListRef;
  /**
   * Of the known stickers only those that mean one of these, compared exactly. Default, any.
   *
   * @minItems 1
   * @maxItems 64
   */
  means?: string[];
  /**
   * Its format, as WeCom says. Default, any.
   *
   * @minItems 1
   * @maxItems 2
   */
  formats?: ('Gif' | 'Png')[];
}
export interface KnownSticker {
  /**
   * MD5 of its picture (md5sum in the message; `menshen facts` prints it).
   */
  md5: string;
  /**
   * What it means, shown beside the finding. Default, not said.
   */
  means?: string;
}
/**
 * A list of stickers kept in the object store, of up to 500,000; added to known.
 */
export interface StickerListRef {
  /**
   * SHA-256 of the list: UTF-8 text with one sticker a line, its MD5, a blank and what it means; empty lines and lines that begin with `#` are left out.
   */
  digest: string;
}
/**
 * Hits when the sender has written many messages to this conversation in a short time, by the times WeCom gives. Other conversations of the sender do not count: conversations are judged apart from one another. Revocations, consents and what came after a refusal are not counted. Under not it takes away the whole rule.
 */
export interface BurstCondition {
  /**
   * Messages within the window, this one included.
   */
  atLeast: number;
  /**
   * Length of the window that ends with this message, seconds.
   */
  withinSeconds: number;
  /**
   * First: the message that makes the burst complete. Every: that one and each that goes on with it; to be combined with what each of them says. Default First.
   */
  hits?: 'First' | 'Every';
}
/**
 * Hits a text to which a model server of the tenant gives a label with a score high enough. A server is asked only about messages in scope for which every other condition of the rule holds. Its answer is kept beside the verdict with the model's name and version. While a server does not answer, the message is judged without it, marked as pending, and judged again once it answers. Under not it takes away the whole rule.
 */
export interface ModelCondition {
  /**
   * Name of the server under spec.models of the WeComTenant. A tenant without it never gets an answer, and its messages stay pending.
   */
  server: string;
  /**
   * Label, as the server names it.
   */
  label: string;
  /**
   * Least score that hits, from 0 to 1. Default 0.8.
   */
  atLeast?: number;
}
/**
 * Hits when the message is of one of the types.
 */
export interface TypeCondition {
  /**
   * WeCom message types; `unknown` stands for every type that is not in this list.
   *
   * @minItems 1
   * @maxItems 40
   */
  in: (
    | 'text'
    | 'image'
    | 'revoke'
    | 'agree'
    | 'disagree'
    | 'voice'
    | 'video'
    | 'card'
    | 'location'
    | 'emotion'
    | 'file'
    | 'link'
    | 'weapp'
    | 'chatrecord'
    | 'todo'
    | 'vote'
    | 'collect'
    | 'redpacket'
    | 'external_redpacket'
    | 'meeting'
    | 'meeting_notification'
    | 'docmsg'
    | 'markdown'
    | 'news'
    | 'calendar'
    | 'mixed'
    | 'meeting_voice_call'
    | 'voip_doc_share'
    | 'sphfeed'
    | 'voiptext'
    | 'qydiskfile'
    | 'switch'
    | 'unknown'
  )[];
}
/**
 * Hits when a file or a text of the message has a size between the bounds, both included.
 */
export interface SizeCondition {
  /**
   * Media: each file, image, voice or video, by its measured size where it was fetched, else by the size WeCom claims. Text: each text of the message, in UTF-8 bytes. Default Media.
   */
  of?: 'Media' | 'Text';
  /**
   * Smallest size that hits, bytes. Default, no lower bound.
   */
  minBytes?: number;
  /**
   * Largest size that hits, bytes. Default, no upper bound.
   */
  maxBytes?: number;
}
export interface PolicyException {
  /**
   * Name of the exception, unique in the policy.
   */
  name: string;
  /**
   * Why it was granted and by whom, for the auditor.
   */
  reason: string;
  /**
   * End of the exception (RFC 3339). Messages captured at or after this time are judged again.
   */
  expires: string;
  senders?: Participants;
  recipients?: Participants;
  /**
   * The message must be in one of these conversations, written as findings show them (a roomid, or `direct:` and the sorted pair of ids).
   *
   * @minItems 1
   * @maxItems 256
   */
  conversationIds?: string[];
  /**
   * Rules it holds for. Default, all rules of the policy.
   *
   * @minItems 1
   * @maxItems 32
   */
  rules?: string[];
}
/**
 * Picks messages in scope for review whatever they say: each makes a finding of the rule `sample`. It adds to the rules and never skips one: every message in scope is judged. The pick depends on the message id only, so it is the same on every replica and on a replay.
 */
export interface Sampling {
  /**
   * Share of the messages in scope, in percent; 0.01 is the smallest.
   */
  percent: number;
}
export interface Action {
  alert: AlertAction;
}
/**
 * Tells these channels, whatever the tenant's routes say.
 */
export interface AlertAction {
  /**
   * Names of channels under spec.alerting.channels of the WeComTenant.
   *
   * @minItems 1
   * @maxItems 16
   */
  channels: string[];
}
export interface PolicyTest {
  /**
   * What the example shows, unique in the policy.
   */
  name: string;
  message: TestMessage;
  expect: TestExpectation;
}
/**
 * The message. What is left out is chosen so that the policy's scope holds.
 */
export interface TestMessage {
  /**
   * Its text; for a file the file name, for a link the title. Default, no text.
   */
  text?: string;
  /**
   * Message type. Default, the first of scope.messageTypes, or text.
   */
  type?:
    | 'text'
    | 'image'
    | 'revoke'
    | 'agree'
    | 'disagree'
    | 'voice'
    | 'video'
    | 'card'
    | 'location'
    | 'emotion'
    | 'file'
    | 'link'
    | 'weapp'
    | 'chatrecord'
    | 'todo'
    | 'vote'
    | 'collect'
    | 'redpacket'
    | 'external_redpacket'
    | 'meeting'
    | 'meeting_notification'
    | 'docmsg'
    | 'markdown'
    | 'news'
    | 'calendar'
    | 'mixed'
    | 'meeting_voice_call'
    | 'voip_doc_share'
    | 'sphfeed'
    | 'voiptext'
    | 'qydiskfile'
    | 'switch'
    | 'unknown';
  /**
   * Default Unknown, which matches every direction.
   */
  direction?: 'Internal' | 'Inbound' | 'Outbound' | 'Unknown';
  /**
   * Default, the first of scope.conversations, or Direct.
   */
  conversation?: 'Direct' | 'Group';
  /**
   * Default `test`.
   */
  conversationId?: string;
  from?: TestParticipant;
  to?: TestParticipant;
  /**
   * MD5 of the sticker it is; its type is then emotion. Default, no sticker.
   */
  sticker?: string;
  /**
   * So many messages has the sender written to the conversation within any window, this one included; each of the ones before was one fewer. Default 1.
   */
  recentMessages?: number;
  /**
   * What model servers say of its text; in a test none is asked. Default, nothing.
   *
   * @maxItems 16
   */
  models?: TestModelAnswer[];
  /**
   * Size of its file, bytes. Default, no file.
   */
  sizeBytes?: number;
  /**
   * When it was captured (RFC 3339); matters to exceptions. Default 1970-01-01T00:00:00Z.
   */
  capturedAt?: string;
}
/**
 * Its sender. Default, one whom scope.senders does not leave out.
 */
export interface TestParticipant {
  /**
   * userid or external_userid. Default, the first of the ids in scope, or `someone`.
   */
  id?: string;
  /**
   * Default Unknown, which matches every kind.
   */
  kind?: 'Staff' | 'External' | 'Robot' | 'Unknown';
  /**
   * Department paths. Default, not known.
   *
   * @maxItems 16
   */
  departments?: string[];
}
export interface TestModelAnswer {
  /**
   * Name of the server.
   */
  server: string;
  /**
   * Label that it gives.
   */
  label: string;
  /**
   * Score that it gives to the label.
   */
  score: number;
}
/**
 * Either a rule that must hold, or none.
 */
export interface TestExpectation {
  /**
   * The rule that must make a finding.
   */
  rule?: string;
  /**
   * Original text that one piece of the finding's evidence must be. Default, any.
   */
  text?: string;
  /**
   * True when no rule may make a finding. Default false.
   */
  none?: boolean;
}
/**
 * What became of the policy. Findings are not kept here.
 */
export interface CompliancePolicyStatus {
  /**
   * Generation of the spec this status speaks of.
   */
  observedGeneration?: number;
  /**
   * Generation that judges messages: this one, or, while this one is refused, the last that was not. Absent when none does.
   */
  lastGoodGeneration?: number;
  /**
   * Digest of the bundle of lastGoodGeneration, as scanners report it and as it is named in the object store.
   */
  digest?: string;
  /**
   * Scanners that judge by that revision, of those that report, such as 3/3. Refreshed at once when a condition changes, else once a minute.
   */
  scanners?: string;
  tenants?: SelectedTenants;
  /**
   * The same for single tenants, those that lag first; no more than 20 of them.
   *
   * @maxItems 20
   */
  byTenant?: TenantPropagationStatus[];
  /**
   * Ready: this revision judges messages. Reconciling and Stalled: it is on its way, or waits for a person. Compiled: rules, patterns and lexicons are sound. TestsPassed: every example came out as expected. Propagated: every scanner judges by it. ExceptionsCurrent: no exception has ended. Reasons stand in operator/policies/README.md.
   *
   * @maxItems 16
   */
  conditions?: StatusCondition[];
}
/**
 * WeComTenants that the policy selects and that admit it.
 */
export interface SelectedTenants {
  /**
   * How many there are.
   */
  matched: number;
  /**
   * In how many of them every scanner judges by that revision. A suspended tenant counts.
   */
  propagated: number;
}
export interface TenantPropagationStatus {
  /**
   * Namespace of the WeComTenant.
   */
  namespace: string;
  /**
   * Name of the WeComTenant.
   */
  name: string;
  /**
   * How far the revision has come there, in the words of the reasons of the condition Propagated.
   */
  state: 'Propagated' | 'Propagating' | 'NoScanner' | 'RefusedByScanner' | 'Suspended' | 'NatsUnreachable';
  /**
   * Scanners that report.
   */
  scanners: number;
  /**
   * Those of them that judge by that revision.
   */
  running: number;
}
export interface StatusCondition {
  /**
   * Kind of condition.
   */
  type: string;
  /**
   * Whether it holds.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * Generation of the spec it speaks of.
   */
  observedGeneration?: number;
  /**
   * When status last changed.
   */
  lastTransitionTime: string;
  /**
   * Machine-readable reason.
   */
  reason: string;
  /**
   * For people, what is wrong and what to do.
   */
  message: string;
}
