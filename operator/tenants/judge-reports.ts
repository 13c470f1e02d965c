// What the reports of a tenant's processes say about credentials and about being up to date. Ingest alone knows whether WeCom accepts what it
// was given: it asks from the address that WeCom sees.
import type { StatusReport } from '@menshen/contracts/status-report';
import { condition } from './conditions.ts';
import type { StepCondition } from './step.ts';

export interface JudgedReports {
  readonly credentials: StepCondition;
  readonly fresh: StepCondition;
  /** Only a person can help: something has to be changed at WeCom, in a Secret, or in the spec. */
  readonly needsPerson: boolean;
}

const NOT_REPORTED =
  'ingest has not reported for a minute: it is starting, or the operator cannot read the STATUS bucket of spec.messaging.url';

/** `reports`: the newest of each process; `undefined` while they cannot be read. */
export function judgeReports(
  reports: readonly StatusReport[] | undefined,
  { isSuspended }: { readonly isSuspended: boolean },
): JudgedReports {
  const ingest = newestOf(reports ?? [], 'ingest');
  const scanners = (reports ?? []).filter(({ role }) => role === 'scanner');
  const refusal = ingest === undefined ? undefined : refusalIn(ingest);
  return {
    credentials: judgeCredentials(ingest, refusal, isSuspended),
    fresh: judgeFreshness(ingest, scanners, isSuspended),
    needsPerson: refusal !== undefined && ONLY_A_PERSON.includes(refusal.reason),
  };
}

type Refusal =
  | 'RejectedByWeCom'
  | 'IpNotAllowed'
  | 'PermitMissing'
  | 'QuotaExhausted'
  | 'NotVerified'
  | 'PrivateKeyMalformed'
  | 'PrivateKeyMissing';

/** By what ingest calls them; in the order in which one is told when there are several. */
const REFUSALS: readonly (readonly [string, Refusal, string])[] = [
  ['NotVerified', 'NotVerified', 'whoever answers at spec.source.apiUrl cannot prove to be WeCom'],
  ['RejectedByWeCom', 'RejectedByWeCom', 'WeCom refuses a secret or the corpId'],
  [
    'IpNotAllowed',
    'IpNotAllowed',
    'add the egress address of this cluster to the trusted IPs in the WeCom admin console',
  ],
  ['PermitMissing', 'PermitMissing', 'the archive application lacks a permit or scope'],
  ['QuotaExhausted', 'QuotaExhausted', 'WeCom allows no more calls for a while'],
  [
    'KeyMalformed',
    'PrivateKeyMalformed',
    'a private key under spec.archive.privateKeys cannot be read, or is not the one that was published',
  ],
  [
    'KeyMissing',
    'PrivateKeyMissing',
    'messages were encrypted for a private key that spec.archive.privateKeys does not name',
  ],
];
const ONLY_A_PERSON: readonly Refusal[] = [
  'RejectedByWeCom',
  'IpNotAllowed',
  'PermitMissing',
  'NotVerified',
  'PrivateKeyMalformed',
];

/** The report's own words where it is about this; the facts name what else is wrong. */
function refusalIn(report: StatusReport): { reason: Refusal; message: string } | undefined {
  const all = [
    report.reason,
    ...Object.entries(report.facts).flatMap(([name, value]) => (name.endsWith('Reason') ? [value] : [])),
  ];
  const found = REFUSALS.find(([reported]) => all.includes(reported));
  if (found === undefined) return undefined;
  const [reported, reason, words] = found;
  return { reason, message: report.reason === reported ? report.message : words };
}

function judgeCredentials(
  ingest: StatusReport | undefined,
  refusal: ReturnType<typeof refusalIn>,
  isSuspended: boolean,
): StepCondition {
  if (isSuspended)
    return condition('CredentialsValid', 'Unknown', {
      reason: 'NotReported',
      message: 'spec.suspend is set: WeCom is not asked',
    });
  if (ingest === undefined)
    return condition('CredentialsValid', 'Unknown', { reason: 'NotReported', message: NOT_REPORTED });
  if (refusal !== undefined) return condition('CredentialsValid', 'False', refusal);
  // Before WeCom has answered, nothing is verified.
  if (ingest.facts['cursor'] === undefined && ingest.reason !== 'CaughtUp')
    return condition('CredentialsValid', 'Unknown', {
      reason: 'NotReported',
      message: 'WeCom has not answered yet',
    });
  return condition('CredentialsValid', 'True', { reason: 'Verified', message: 'WeCom accepts them' });
}

function judgeFreshness(
  ingest: StatusReport | undefined,
  scanners: readonly StatusReport[],
  isSuspended: boolean,
): StepCondition {
  if (isSuspended)
    return condition('Fresh', 'False', {
      reason: 'Suspended',
      message: 'spec.suspend is set; WeCom keeps messages for 5 days only',
    });
  if (ingest === undefined)
    return condition('Fresh', 'Unknown', { reason: 'NotReported', message: NOT_REPORTED });
  const late = [ingest, ...scanners].find(({ reason }) => reason === 'Lagging');
  if (late !== undefined) return condition('Fresh', 'False', { reason: 'Lagging', message: late.message });
  if (ingest.reason === 'CatchingUp')
    return condition('Fresh', 'True', {
      reason: 'CatchingUp',
      message: 'more messages are waiting at WeCom, and are being captured',
    });
  return condition('Fresh', 'True', {
    reason: 'CaughtUp',
    message: 'messages are captured and judged as they come',
  });
}

export function newestOf(reports: readonly StatusReport[], role: string): StatusReport | undefined {
  return reports
    .filter((report) => report.role === role)
    .reduce<StatusReport | undefined>(
      (newest, each) => (newest === undefined || each.reportedAtMs > newest.reportedAtMs ? each : newest),
      undefined,
    );
}
