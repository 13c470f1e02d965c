// Tokens of services, with a beginning that names the service.
import { looksRandom, type SecretRule } from './secret-rule.ts';

export const TOKENS: readonly SecretRule[] = [
  {
    kind: 'GitHubToken',
    literals: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    pattern: /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,255}(?!\w)/g,
  },
  { kind: 'GitHubToken', literals: ['github_pat_'], pattern: /(?<![A-Za-z0-9])github_pat_\w{22,255}/g },
  { kind: 'SlackToken', literals: ['xox'], pattern: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,250}/g },
  {
    kind: 'SlackToken',
    literals: ['hooks.slack.com'],
    pattern: /hooks\.slack\.com\/services\/T\w{6,14}\/B\w{6,14}\/\w{20,30}/g,
  },
  {
    kind: 'AiServiceKey',
    literals: ['sk-'],
    pattern:
      /(?<![A-Za-z0-9-])sk-(?:proj-|svcacct-|admin-|or-v1-|ant-(?:api|admin)\d\d-)?[A-Za-z0-9_-]{20,200}(?![\w-])/g,
    accept: looksRandom,
  },
  { kind: 'AiServiceKey', literals: ['hf_'], pattern: /(?<![A-Za-z0-9])hf_[A-Za-z]{34}(?![A-Za-z0-9])/g },
  // GitLab, Stripe, npm, PyPI, Telegram, SendGrid, Docker, Shopify, Notion.
  { kind: 'ServiceToken', literals: ['glpat-'], pattern: /(?<![A-Za-z0-9])glpat-[\w-]{20,64}/g },
  {
    kind: 'ServiceToken',
    literals: ['k_live_', 'k_test_'],
    pattern: /(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{16,120}/g,
  },
  {
    kind: 'ServiceToken',
    literals: ['npm_'],
    pattern: /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g,
  },
  { kind: 'ServiceToken', literals: ['pypi-'], pattern: /(?<![A-Za-z0-9])pypi-AgE[\w-]{50,250}/g },
  { kind: 'ServiceToken', literals: [':aa'], pattern: /(?<![A-Za-z0-9])\d{8,10}:AA[\w-]{33}(?![\w-])/g },
  { kind: 'ServiceToken', literals: ['sg.'], pattern: /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{16,64}/g },
  { kind: 'ServiceToken', literals: ['dckr_pat_'], pattern: /(?<![A-Za-z0-9])dckr_pat_[\w-]{20,64}/g },
  {
    kind: 'ServiceToken',
    literals: ['shpat_', 'shpss_'],
    pattern: /(?<![A-Za-z0-9])shp(?:at|ss)_[a-fA-F0-9]{32}/g,
  },
  {
    kind: 'ServiceToken',
    literals: ['ntn_', 'secret_'],
    pattern: /(?<![A-Za-z0-9])(?:ntn_|secret_)[A-Za-z0-9]{40,50}(?![A-Za-z0-9])/g,
    accept: looksRandom,
  },
  // Robots of WeCom, DingTalk and Feishu: whoever has the key can write into the group.
  {
    kind: 'RobotWebhook',
    literals: ['qyapi.weixin.qq.com'],
    pattern:
      /qyapi\.weixin\.qq\.com\/cgi-bin\/webhook\/\w{1,20}\?key=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/gi,
    group: 1,
  },
  {
    kind: 'RobotWebhook',
    literals: ['oapi.dingtalk.com'],
    pattern: /oapi\.dingtalk\.com\/robot\/send\?access_token=([0-9a-f]{64})/gi,
    group: 1,
  },
  {
    kind: 'RobotWebhook',
    literals: ['open.feishu.cn', 'open.larksuite.com'],
    pattern: /open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/(?:v2\/)?hook\/([0-9a-f-]{32,40})/gi,
    group: 1,
  },
  {
    kind: 'RobotWebhook',
    literals: [...'0123456789abcdef'].map((digit) => `sec${digit}`),
    pattern: /(?<![A-Za-z0-9])SEC[0-9a-f]{64}(?![A-Za-z0-9])/g,
  },
  {
    kind: 'WeChatSecret',
    literals: ['corpsecret'],
    pattern: /corpsecret["']?\s{0,3}[:=]\s{0,3}["']?([\w-]{43})(?![\w-])/gi,
    group: 1,
  },
  {
    kind: 'WeChatSecret',
    literals: ['appsecret', 'app_secret'],
    pattern: /app_?secret["']?\s{0,3}[:=]\s{0,3}["']?([0-9a-f]{32})(?![0-9a-f])/gi,
    group: 1,
  },
  {
    kind: 'WeChatSecret',
    literals: ['wx'],
    pattern:
      /wx[0-9a-f]{16}[^\n]{0,40}?secret["']?\s{0,3}[:：=是为]{0,2}\s{0,3}["']?([0-9a-f]{32})(?![0-9a-f])/gi,
    group: 1,
  },
  {
    kind: 'Jwt',
    literals: ['eyj'],
    pattern: /(?<![\w.-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{10,1000}/g,
  },
];
