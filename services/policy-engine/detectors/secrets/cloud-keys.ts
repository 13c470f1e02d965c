// Access keys of clouds. The forms are those that the providers document or print in their consoles.
import { looksRandom, type SecretRule } from './secret-rule.ts';

export const CLOUD_KEYS: readonly SecretRule[] = [
  {
    kind: 'AwsAccessKey',
    literals: ['akia', 'asia', 'abia', 'acca'],
    pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g,
  },
  {
    kind: 'AwsSecretKey',
    literals: ['aws', 'secret'],
    pattern:
      /(?:aws|secret)[\w .-]{0,30}["']?\s{0,3}[:=]{1,2}\s{0,3}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    group: 1,
    accept: (secret) => looksRandom(secret) && /[a-z]/.test(secret) && /[A-Z]/.test(secret),
  },
  { kind: 'GcpKey', literals: ['aiza'], pattern: /(?<![A-Za-z0-9])AIza[\w-]{35}(?![\w-])/g },
  { kind: 'GcpKey', literals: ['gocspx-'], pattern: /(?<![A-Za-z0-9])GOCSPX-[\w-]{28}(?![\w-])/g },
  { kind: 'GcpKey', literals: ['ya29.'], pattern: /(?<![A-Za-z0-9])ya29\.[\w-]{20,512}/g },
  {
    kind: 'AzureKey',
    literals: ['accountkey=', 'sharedaccesskey='],
    pattern: /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{42,86}={1,2})/gi,
    group: 1,
  },
  {
    kind: 'AzureKey',
    literals: ['q~'],
    pattern: /(?<![\w~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![\w~-])/g,
  },
  {
    kind: 'AliyunKey',
    literals: ['ltai'],
    pattern: /(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])/g,
    accept: looksRandom,
  },
  {
    kind: 'AliyunKey',
    literals: ['sts.'],
    pattern: /(?<![A-Za-z0-9])STS\.[A-Za-z0-9]{20,40}(?![A-Za-z0-9])/g,
    accept: looksRandom,
  },
  {
    kind: 'TencentCloudKey',
    literals: ['akid'],
    pattern: /(?<![A-Za-z0-9])AKID[A-Za-z0-9_-]{13,60}(?![A-Za-z0-9_-])/g,
    accept: looksRandom,
  },
  {
    kind: 'HuaweiCloudKey',
    literals: ['huawei', '华为', '華為', 'hwcloud', 'obs.', 'obs_', 'hw_'],
    pattern:
      /(?:huawei|华为|華為|hwcloud|obs[._]|hw_)[^\n]{0,40}?(?<![A-Za-z0-9])([A-Z0-9]{20})(?![A-Za-z0-9])/gi,
    group: 1,
    accept: (secret) => looksRandom(secret) && !/[a-z]/.test(secret),
  },
  // Baidu, Volcengine, JD Cloud, DigitalOcean.
  {
    kind: 'OtherCloudKey',
    literals: ['altak'],
    pattern: /(?<![A-Za-z0-9])ALTAK[A-Za-z0-9]{16,40}(?![A-Za-z0-9])/g,
  },
  {
    kind: 'OtherCloudKey',
    literals: ['aklt', 'aktp'],
    pattern: /(?<![A-Za-z0-9])AK(?:LT|TP)[A-Za-z0-9_-]{16,80}(?![\w-])/g,
    accept: looksRandom,
  },
  {
    kind: 'OtherCloudKey',
    literals: ['jdc_'],
    pattern: /(?<![A-Za-z0-9])JDC_[0-9A-Z]{25,40}(?![A-Za-z0-9])/g,
  },
  {
    kind: 'OtherCloudKey',
    literals: ['do_v1_', 'dop_v1_'],
    pattern: /(?<![A-Za-z0-9])do[opr]_v1_[a-f0-9]{64}(?![A-Za-z0-9])/g,
  },
];
