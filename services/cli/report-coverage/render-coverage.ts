// The report for people: what is covered, of what, and every gap on a line of its own.
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { showTime } from '../read-moment.ts';
import type { CoverageReport, Share } from './judge-coverage.ts';

/** Text with a line end; times in `timeZone`. */
export function renderCoverage(report: CoverageReport, timeZone: string): string {
  const time = (ms: number | undefined): string => (ms === undefined ? '' : showTime(ms, timeZone));
  const { period, denominator: who, captured, deadLetters, media, gaps } = report;
  return [
    `Coverage of ${report.corpId} from ${time(period.fromMs)} to ${time(period.toMs)} (${timeZone})`,
    '',
    ...table([
      ['WHO, at the end of the period', ''],
      [
        'members in the directory',
        `${who.members}${who.membersHidden === 0 ? '' : `, and ${who.membersHidden} that it hides`}`,
      ],
      ['seats in force', String(who.seats)],
      ['members with a seat', showShare(report.seats)],
      ['external contacts known', String(who.externalContacts)],
      ['consents agreed', showShare(report.consents)],
      ['consents refused / never named', `${who.consentsDisagreed} / ${who.consentsMissing}`],
      [
        'rooms',
        `${who.rooms}${who.roomsUnresolved === 0 ? '' : `, ${who.roomsUnresolved} of them cannot be looked into`}`,
      ],
    ]),
    '',
    ...table([
      ['WHAT', ''],
      ['time covered', showShare(report.time, 'ms')],
      ['messages captured', `${captured.messages} in ${captured.conversations} conversations`],
      ['delivered twice', String(captured.redeliveries)],
      ['without a time of their own', String(captured.messagesWithoutTime)],
      ['dead letters', `${deadLetters.total}, ${deadLetters.replayed} of them opened since`],
      ...deadLetters.byReason.map(({ reason, count }) => [`  ${reason}`, String(count)] as const),
      ['media stored', showShare(media)],
    ]),
    '',
    ...(gaps.total === 0 ? ['GAPS', '  none is known'] : gapLines(report, time)),
    '',
  ].join('\n');
}

function showShare({ part, of, percent, why }: Share, unit: 'ms' | '' = ''): string {
  const show = (value: number): string => (unit === 'ms' ? showDuration(value) : String(value));
  const whole = `${show(part)} of ${show(of)}`;
  return percent === null ? `${whole}; no percentage: ${why}` : `${whole}  ${percent} %`;
}

function showDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function gapLines({ gaps }: CoverageReport, time: (ms: number | undefined) => string): string[] {
  return [
    ...table([
      ['GAPS BY CAUSE', 'all', 'open', 'recovered', 'lost', 'ended'],
      ...gaps.byCause.map(({ cause, total, open, recovered, lost, ended }) =>
        [cause, total, open, recovered, lost, ended].map(String),
      ),
    ]),
    '',
    ...table([
      ['EACH GAP', 'state', 'from', 'to', 'subject', 'noticed', 'source'],
      ...gaps.records.map((gap) => [
        gap.cause,
        gap.state,
        time(gap.fromMs) || 'not known',
        time(gap.toMs),
        subjectOf(gap),
        time(gap.detectedAtMs),
        gap.source,
      ]),
    ]),
    '',
    ...[...new Map(gaps.records.map(({ cause, detail }) => [`${cause}: ${detail}`, true])).keys()],
  ];
}

function subjectOf({ subject, fromSeq, toSeq }: CoverageGap): string {
  if (fromSeq !== undefined && toSeq !== undefined) return `messages ${fromSeq} to ${toSeq}`;
  const place = subject.place === '' ? '' : ` with ${subject.place}`;
  return subject.kind === 'Corp'
    ? 'everyone'
    : `${subject.kind} ${subject.id}${subject.kind === 'Medium' ? '' : place}`;
}

/** Columns as wide as their widest cell; the first line is the heading, the others are indented. */
function table(rows: readonly (readonly string[])[]): string[] {
  const indented = rows.map(([first = '', ...rest], index) => [index === 0 ? first : `  ${first}`, ...rest]);
  const widths = (indented[0] ?? []).map((_, column) =>
    Math.max(...indented.map((row) => (row[column] ?? '').length)),
  );
  return indented.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
