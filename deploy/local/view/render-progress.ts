// The demo's view where there is no terminal: a line when something changed, in plain words, for logs and pipes.
import type { DemoSnapshot, ShownFinding } from './demo-snapshot.ts';
import { printable } from './measure-text.ts';
import { withCommas } from './render-view.ts';

/** `12 s: 4,980 of 5,000 captured, 4,700 archived, 4,980 judged, 42 findings, 38 alerts` */
export function renderProgress(snapshot: DemoSnapshot): string {
  const { counts } = snapshot;
  const seconds = Math.floor((snapshot.nowMs - snapshot.startedAtMs) / 1000);
  const parts = [
    `${withCommas(counts.captured)} of ${withCommas(counts.generated)} captured`,
    `${withCommas(counts.archived)} archived`,
    `${withCommas(counts.judged)} judged`,
    `${withCommas(counts.findings)} findings`,
    `${withCommas(counts.complianceAlerts)} alerts`,
    ...(counts.deadLettered === 0 ? [] : [`${withCommas(counts.deadLettered)} dead letters`]),
  ];
  const sick = snapshot.processes.filter((one) => one.phase !== 'Ready' && one.phase !== 'Running');
  const trouble = sick.map((one) => `${one.name} is ${one.phase}`);
  return [`${seconds} s: ${parts.join(', ')}`, ...trouble].join('; ');
}

/** `m1: Critical no-guaranteed-return promised-yield lihua: 这款产品绝对【保本】稳赚` */
export function renderFindingLine(finding: ShownFinding): string {
  const { before, hit, after } = finding.excerpt;
  const text = `${printable(before)}【${printable(hit)}】${printable(after)}`;
  return `${printable(finding.msgid)}: ${finding.severity} ${finding.policy} ${finding.rule} ${printable(finding.sender)}: ${text}`;
}
