// `menshen archive check`: is the record whole and unaltered? Asked of the objects alone, so that nothing else has to be trusted.
import { checkSegments, type SegmentCheck } from '@menshen/archiver/check-segments';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { type Command, oneOf, Refusal, required } from '../command.ts';
import { STORE_FLAGS, storeOf } from '../open-store.ts';

const SAY_EVERY = 500;

export const archiveCheck: Command = {
  name: 'archive check',
  summary: 'whether the record is whole and unaltered, from its segments alone',
  about: `Reads every segment of a tenant: that each is complete, that none is missing between two, and that the bytes of every message are those
of the salted digest made when it was captured. ClickHouse and NATS are not asked, and nothing is changed. Ends with 1 when there is a problem.
What lies in the stream and is not archived yet is not looked at. A message whose salt was forgotten on purpose can only be checked for damage.`,
  flags: [
    { name: 'corp', value: 'ID', help: 'corpId of the tenant, e.g. ww1234567890abcdef' },
    ...STORE_FLAGS,
    { name: 'output', value: 'FORMAT', help: 'table or json (default: table)' },
  ],
  async run(given, io) {
    const output = oneOf(given, 'output', ['table', 'json']);
    const corpId = required(given, 'corp', 'ww1234567890abcdef');
    const objects = await openObjectStore(storeOf(given));
    const check = await checkSegments({
      corpId,
      objects,
      progress: (segments) => segments % SAY_EVERY === 0 && io.err(`${segments} segments …\n`),
    });
    if (check.segments === 0)
      throw new Refusal(
        'Failed',
        `there is no segment of ${corpId} in the store: compare --corp with spec.corpId, and the store with spec.storage.objects of the tenant`,
      );
    io.out(
      output === 'json' ? `${JSON.stringify({ corpId, ...check }, undefined, 2)}\n` : render(corpId, check),
    );
    return check.problems.length === 0 ? 0 : 1;
  },
};

function render(corpId: string, check: SegmentCheck): string {
  const { segments, bytes, events, messages, deadLetters, withoutSalt, restarts, problems } = check;
  const lines = [
    `${corpId}: ${segments} segments, ${bytes} bytes, ${events} events`,
    `messages ${messages}, dead letters ${deadLetters}, of both without a salt ${withoutSalt}`,
    ...(restarts === 0 ? [] : [`a stream was made anew ${restarts} times`]),
    problems.length === 0 ? 'whole and unaltered' : `${problems.length} PROBLEMS`,
    ...problems.map(({ where, problem }) => `  ${where}: ${problem}`),
  ];
  return `${lines.join('\n')}\n`;
}
