import { describe, expect, it } from 'vitest';
import { makeChannel, makeConfig, makeFinding, makeRoute } from './notifier.testkit.ts';
import { listUnknownChannels, routeFinding } from './route-findings.ts';

const channels = ['compliance', 'security', 'legal'].map((name) => makeChannel(name));

const keys = (routing: ReturnType<typeof routeFinding>): readonly string[] | string =>
  routing.kind === 'Silent' ? routing.why : routing.destinations.map(({ groupKey }) => groupKey);

describe('who is told of a finding', () => {
  it.each([
    ['a shadow finding: nobody', { mode: 'Shadow' as const }, [makeRoute(['compliance'])], 'Shadow'],
    [
      'no route fits: nobody',
      { severity: 'Low' as const },
      [makeRoute(['legal'], { minSeverity: 'High' })],
      'NoRoute',
    ],
    [
      'a severity as high as the route asks',
      { severity: 'High' as const },
      [makeRoute(['legal'], { minSeverity: 'High' })],
      ['legal|acme/no-guarantee|wr1'],
    ],
    [
      'Critical is above High',
      { severity: 'Critical' as const },
      [makeRoute(['legal'], { minSeverity: 'High' })],
      ['legal|acme/no-guarantee|wr1'],
    ],
    [
      'Medium is below High',
      { severity: 'Medium' as const },
      [makeRoute(['legal'], { minSeverity: 'High' })],
      'NoRoute',
    ],
    ['a route for other policies', {}, [makeRoute(['legal'], { policies: ['insider'] })], 'NoRoute'],
    [
      'a route for this policy',
      {},
      [makeRoute(['legal'], { policies: ['insider', 'no-guarantee'] })],
      ['legal|acme/no-guarantee|wr1'],
    ],
    [
      'every route that fits, each channel once',
      {},
      [makeRoute(['security', 'compliance']), makeRoute(['compliance', 'legal'])],
      ['compliance|acme/no-guarantee|wr1', 'security|acme/no-guarantee|wr1', 'legal|acme/no-guarantee|wr1'],
    ],
    [
      'the first fitting route to a channel groups',
      {},
      [
        makeRoute(['legal'], { policies: ['x'], groupBy: [] }),
        makeRoute(['legal'], { groupBy: ['Sender'] }),
        makeRoute(['legal']),
      ],
      ['legal|zhang'],
    ],
    [
      "the policy's own channels come before the routes",
      { channels: ['legal'] },
      [makeRoute(['compliance'])],
      ['legal|acme/no-guarantee|wr1'],
    ],
    [
      'own channels are grouped by a route that names them, even one that does not fit',
      { channels: ['legal'] },
      [makeRoute(['legal'], { minSeverity: 'Critical', groupBy: ['Rule'] })],
      ['legal|promised-yield'],
    ],
    [
      'own channels that do not exist leave it to the routes',
      { channels: ['gone'] },
      [makeRoute(['compliance'])],
      ['compliance|acme/no-guarantee|wr1'],
    ],
    [
      'of own channels, those that exist',
      { channels: ['gone', 'legal'] },
      [makeRoute(['compliance'])],
      ['legal|acme/no-guarantee|wr1'],
    ],
    ['a channel of a route that does not exist is left out', {}, [makeRoute(['gone'])], 'NoRoute'],
  ])('%s', (_name, change, routes, expected) => {
    expect(keys(routeFinding(makeFinding('m1', change), makeConfig(channels, routes)))).toEqual(expected);
  });

  it.each([
    [[], 'legal'],
    [['Policy'], 'legal|acme/no-guarantee'],
    [['Sender', 'Policy'], 'legal|acme/no-guarantee|zhang'],
    [['Conversation', 'Rule', 'Policy', 'Sender'], 'legal|acme/no-guarantee|promised-yield|wr1|zhang'],
  ] as const)('grouped by %j the group is %s', (groupBy, expected) => {
    const config = makeConfig(channels, [makeRoute(['legal'], { groupBy })]);
    expect(keys(routeFinding(makeFinding('m1'), config))).toEqual([expected]);
  });

  it('names the channels a policy expects in vain', () => {
    const finding = makeFinding('m1', { channels: ['legal', 'gone'] });
    expect(listUnknownChannels(finding, makeConfig(channels, []))).toEqual(['gone']);
  });

  it('groups a channel that only policies name by policy and conversation, as the routes do by default', () => {
    const routing = routeFinding(makeFinding('m1', { channels: ['legal'] }), makeConfig(channels, []));
    expect(routing).toMatchObject({
      destinations: [
        { groupKey: 'legal|acme/no-guarantee|wr1', groupWaitMs: 1_000, repeatIntervalMs: 300_000 },
      ],
    });
  });
});
