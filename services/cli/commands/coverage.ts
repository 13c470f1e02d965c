// `menshen coverage`: what of a period is in the record, of how much, and every gap that is known.
import { type Command, oneOf, Refusal, required } from '../command.ts';
import { ARCHIVE_FLAGS, openArchive } from '../open-archive.ts';
import { checkTimeZone, readMoment } from '../read-moment.ts';
import { judgeCoverage } from '../report-coverage/judge-coverage.ts';
import { readCoverage } from '../report-coverage/read-coverage.ts';
import { renderCoverage } from '../report-coverage/render-coverage.ts';

export const coverage: Command = {
  name: 'coverage',
  summary: 'what of a period is in the record, of how much, and every gap that is known',
  about: `Says for a period whom the record could cover (members, seats, contacts and their consents, rooms), what was captured, and every
gap with its cause, its time and how it is known. A percentage is given only where its denominator is known.
What each cause means, and what may be concluded from it: services/ingest/coverage/README.md.`,
  flags: [
    ...ARCHIVE_FLAGS,
    { name: 'from', value: 'TIME', help: 'beginning: a day like 2026-11-01, or 2026-11-01T08:00:00+08:00' },
    { name: 'to', value: 'TIME', help: 'end, not included (default: now)' },
    {
      name: 'time-zone',
      value: 'ZONE',
      help: 'in which a day begins and times are shown (default: Asia/Shanghai)',
    },
    { name: 'output', value: 'FORMAT', help: 'table or json (default: table)' },
  ],
  async run(given, io) {
    const output = oneOf(given, 'output', ['table', 'json']);
    const timeZone = checkTimeZone(given.flags['time-zone'] ?? 'Asia/Shanghai');
    const fromMs = readMoment('from', required(given, 'from', '2026-11-01'), timeZone);
    const nowMs = io.clock.nowMs();
    const to = given.flags['to'];
    const toMs = to === undefined ? nowMs : readMoment('to', to, timeZone);
    if (toMs <= fromMs)
      throw new Refusal(
        'Usage',
        `--to is ${to ?? 'now'}, which is not after --from ${given.flags['from']}: swap them`,
      );
    const period = { fromMs, toMs };
    const archive = await openArchive(given, io);
    const facts = await archive.ask((clickhouse) => readCoverage(clickhouse, period));
    const report = judgeCoverage(archive.corpId, facts, { period, nowMs });
    io.out(
      output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : renderCoverage(report, timeZone),
    );
    return 0;
  },
};
