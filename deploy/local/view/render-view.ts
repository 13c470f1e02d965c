// The demo's screen as lines of text: pure, from a snapshot and a size. Colours are ANSI SGR sequences.
import type { Severity } from '@menshen/contracts/finding';
import type { DemoCounts, DemoSnapshot, ShownEvent, ShownFinding, ShownProcess } from './demo-snapshot.ts';
import { fitText, padText, printable, textWidth } from './measure-text.ts';

export interface ViewSize {
  readonly columns: number;
  readonly rows: number;
}

/** Exactly `rows` lines of at most `columns`; what does not fit is left out from the least important on. */
export function renderView(snapshot: DemoSnapshot, size: ViewSize): string[] {
  const { columns } = size;
  const clock = clockIn(snapshot.timeZone);
  const head = [
    ...renderHead(snapshot, columns),
    '',
    ...renderCounts(snapshot.counts, columns),
    renderPace(snapshot, columns),
    '',
    title('Processes', columns),
    ...snapshot.processes.flatMap((one) => renderProcess(one, columns)),
    '',
  ];
  const events = snapshot.events.slice(0, 4).map((event) => renderEvent(event, { columns, clock }));
  const foot = [
    '',
    title(`Policies  ${snapshot.policiesFolder}: edit one, the next message is judged by it`, columns),
    ...events,
  ];
  const room = Math.max(0, size.rows - head.length - foot.length - 1);
  const findings = snapshot.findings
    .slice(0, room)
    .map((finding) => renderFinding(finding, { columns, clock }));
  const waiting = findings.length === 0 && room > 0 ? [dim(fitText('  none yet', columns))] : [];
  const lines = [...head, title('Findings', columns), ...findings, ...waiting, ...foot];
  return [...lines, ...Array(Math.max(0, size.rows - lines.length)).fill('')].slice(0, size.rows);
}

interface Frame {
  readonly columns: number;
  readonly clock: (timeMs: number) => string;
}

const sgr = (code: string, text: string): string => (text === '' ? '' : `\u001b[${code}m${text}\u001b[0m`);
const bold = (text: string): string => sgr('1', text);
const dim = (text: string): string => sgr('2', text);
const title = (text: string, columns: number): string => bold(fitText(text, columns));

function clockIn(timeZone: string): (timeMs: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (timeMs) => format.format(timeMs);
}

function renderHead(snapshot: DemoSnapshot, columns: number): string[] {
  const seconds = Math.floor((snapshot.nowMs - snapshot.startedAtMs) / 1000);
  const left = `Menshen 门神  ${snapshot.tenant}  ${snapshot.corpId}`;
  const right = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}  Ctrl-C ends`;
  const gap = columns - textWidth(left) - textWidth(right);
  const line = gap > 1 ? `${left}${' '.repeat(gap)}${right}` : left;
  return [bold(fitText(line, columns)), dim('─'.repeat(columns))];
}

const COUNTERS: readonly (readonly [keyof DemoCounts, string])[] = [
  ['generated', 'generated'],
  ['captured', 'captured'],
  ['archived', 'archived'],
  ['judged', 'judged'],
  ['findings', 'findings'],
  ['complianceAlerts', 'alerts'],
  ['deadLettered', 'dead letters'],
];

function renderCounts(counts: DemoCounts, columns: number): string[] {
  const width = Math.min(14, Math.floor(columns / COUNTERS.length));
  const cell = (text: string): string => fitText(text, width - 1).padStart(width);
  return [
    dim(COUNTERS.map(([, name]) => cell(name)).join('')),
    bold(COUNTERS.map(([key]) => cell(withCommas(counts[key]))).join('')),
  ];
}

/** The rate, what waits, and how long a finding takes. */
function renderPace(snapshot: DemoSnapshot, columns: number): string {
  const { lag, findingLatencyMs } = snapshot;
  const parts = [
    `${withCommas(Math.round(snapshot.capturedPerSecond))} messages/s`,
    `${withCommas(lag.toJudge)} to judge`,
    `${withCommas(lag.toArchive)} to archive`,
  ];
  if (findingLatencyMs !== undefined)
    parts.push(
      `found after ${Math.round(findingLatencyMs.p50)} ms (p50), ${Math.round(findingLatencyMs.p99)} ms (p99)`,
    );
  return fitText(`  ${parts.join(' · ')}`, columns);
}

/** One line, and a second one when something is wrong. */
function renderProcess(one: ShownProcess, columns: number): string[] {
  const memory = one.residentBytes === undefined ? '' : `${Math.round(one.residentBytes / 2 ** 20)} MiB`;
  const restarts = one.restarts === 0 ? '' : `${one.restarts} restart${one.restarts === 1 ? '' : 's'}`;
  const known = [
    padText(one.name, 26),
    padText(one.phase, 9),
    padText(one.pid === undefined ? '' : `pid ${one.pid}`, 12),
    memory.padStart(9),
    `  ${restarts}`,
  ].join(' ');
  const line = fitText(`  ${known}`.trimEnd(), columns);
  const well = one.phase === 'Ready' || one.phase === 'Running';
  const problem =
    one.problem === undefined ? [] : [sgr('33', fitText(`    ! ${printable(one.problem)}`, columns))];
  return [well ? line : sgr('33', line), ...problem];
}

const SEVERITY_COLOURS: Readonly<Record<Severity, string>> = {
  Low: '36',
  Medium: '33',
  High: '31',
  Critical: '1;31',
};

function renderFinding(finding: ShownFinding, { columns, clock }: Frame): string {
  const severity = sgr(SEVERITY_COLOURS[finding.severity], padText(finding.severity, 8));
  const name = padText(
    `${finding.policy} ${finding.rule}`,
    Math.min(44, Math.max(12, Math.floor(columns * 0.3))),
  );
  const start = `  ${clock(finding.timeMs)} `;
  const sender = ` ${fitText(printable(finding.sender), 14)}: `;
  const used = textWidth(start) + 9 + textWidth(name) + textWidth(sender);
  return (
    fitText(start, columns) +
    (used < columns ? `${severity} ${name}${sender}${highlight(finding, columns - used)}` : '')
  );
}

/** The hit stands out and is always shown; what is around it shares the rest of the line. */
function highlight(finding: ShownFinding, columns: number): string {
  const hit = fitText(printable(finding.excerpt.hit), columns);
  const room = columns - textWidth(hit);
  const before = fitEnd(printable(finding.excerpt.before), Math.min(Math.floor(room / 2), 16));
  const after = fitText(printable(finding.excerpt.after), room - textWidth(before));
  return `${before}${sgr('7', hit)}${after}`;
}

/** The end of a text, in at most `columns`. */
function fitEnd(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(characters.join('')) > columns - 1) characters.shift();
  return columns > 0 ? `…${characters.join('')}` : '';
}

function renderEvent(event: ShownEvent, { columns, clock }: Frame): string {
  const line = fitText(`  ${clock(event.timeMs)} ${printable(event.text)}`, columns);
  return event.good ? line : sgr('31', line);
}

/** 12345 → 12,345 */
export function withCommas(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
