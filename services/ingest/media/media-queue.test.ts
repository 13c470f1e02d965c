import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DANGER_MS, FRESH_LEFT_MS, MediaQueue, type WorkKind } from './media-queue.ts';

const NOW = 1_764_000_000_000;
const MB = 1024 * 1024;
const LEFT: Record<WorkKind, number> = {
  Danger: DANGER_MS - 3_600_000,
  Backlog: DANGER_MS + 3_600_000,
  Fresh: FRESH_LEFT_MS + 60_000,
};

/** Works as `[kind, bytes]`, in order of arrival; ids count from 0, deadlines of a kind are a second apart. */
function queueOf(works: readonly (readonly [WorkKind, number])[]): MediaQueue<WorkKind> {
  const queue = new MediaQueue<WorkKind>();
  works.forEach(([kind, sizeBytes], id) => {
    queue.add({ id, deadlineMs: NOW + LEFT[kind] + id * 1000, sizeBytes, value: kind });
  });
  return queue;
}
const many = (count: number, kind: WorkKind, bytes: number): [WorkKind, number][] =>
  Array.from({ length: count }, () => [kind, bytes]);
const order = (queue: MediaQueue<WorkKind>, largest = Number.POSITIVE_INFINITY) => {
  const taken: { id: number; kind: WorkKind; bytes: number }[] = [];
  for (let work = queue.take(NOW, largest); work !== undefined; work = queue.take(NOW, largest))
    taken.push({ id: work.id, kind: work.value, bytes: work.sizeBytes });
  return taken;
};

describe('MediaQueue', () => {
  it('takes what expires first, and a backlog from its oldest on, in whatever order it came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { maxLength: 60 }),
        fc.constantFrom(...Object.keys(LEFT)),
        (at, kind) => {
          const queue = new MediaQueue<number>();
          const base = NOW + LEFT[kind as WorkKind];
          for (const [id, left] of at.entries())
            queue.add({ id, deadlineMs: base + left, sizeBytes: 1, value: left });
          const taken: number[] = [];
          for (let work = queue.take(NOW, 1); work !== undefined; work = queue.take(NOW, 1))
            taken.push(work.value);
          expect(taken).toEqual([...at].sort((a, b) => a - b));
        },
      ),
    );
  });

  it('takes what is in danger before anything else, when both are owed the same', () => {
    const [first] = order(
      queueOf([...many(3, 'Fresh', MB), ...many(3, 'Backlog', MB), ...many(3, 'Danger', MB)]),
    );
    expect(first?.kind).toBe('Danger');
  });

  it('lets fresh small files through a flood of huge files that are about to expire', () => {
    const taken = order(queueOf([...many(200, 'Danger', 200 * MB), ...many(50, 'Fresh', MB / 10)]));
    const lastFresh = taken.map(({ kind }) => kind).lastIndexOf('Fresh');
    const hugeBefore = taken.slice(0, lastFresh).filter(({ kind }) => kind === 'Danger').length;
    expect(hugeBefore).toBeLessThanOrEqual(2);
  });

  it('gives each kind its share of the bytes while all three have work', () => {
    fc.assert(
      fc.property(
        fc.record({
          Danger: fc.integer({ min: 1, max: 60 }),
          Fresh: fc.integer({ min: 1, max: 60 }),
          Backlog: fc.integer({ min: 1, max: 60 }),
        }),
        (sizes) => {
          const kinds = ['Danger', 'Fresh', 'Backlog'] as const;
          const taken = order(queueOf(kinds.flatMap((kind) => many(3_000, kind, sizes[kind] * MB)))).slice(
            0,
            2_000,
          );
          // Up to where the first kind has run out.
          const bytes = (kind: WorkKind): number =>
            taken.filter((work) => work.kind === kind).reduce((sum, work) => sum + work.bytes, 0);
          const total = bytes('Danger') + bytes('Fresh') + bytes('Backlog');
          const slack = 60 * MB * 3;
          expect(bytes('Danger')).toBeGreaterThan((total * 8) / 12 - slack);
          expect(bytes('Fresh')).toBeGreaterThan((total * 3) / 12 - slack);
          expect(bytes('Backlog')).toBeGreaterThan(total / 12 - slack);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('gives a kind that was idle no claim on the past', () => {
    const queue = queueOf(many(100, 'Danger', 10 * MB));
    for (let i = 0; i < 50; i++) queue.take(NOW, Number.POSITIVE_INFINITY);
    for (let id = 1000; id < 1100; id++)
      queue.add({ id, deadlineMs: NOW + LEFT.Backlog, sizeBytes: 10 * MB, value: 'Backlog' });
    const next = Array.from({ length: 18 }, () => queue.take(NOW, Number.POSITIVE_INFINITY)?.value);
    expect(next.filter((kind) => kind === 'Backlog').length).toBeLessThanOrEqual(3);
  });

  it('gives a lane for small files nothing larger, and everything small', () => {
    const queue = queueOf([
      ...many(5, 'Danger', 50 * MB),
      ...many(3, 'Danger', MB),
      ['Backlog', 9 * MB],
      ['Fresh', 1],
    ]);
    expect(
      order(queue, 8 * MB)
        .map(({ bytes }) => bytes)
        .sort((a, b) => a - b),
    ).toEqual([1, MB, MB, MB]);
    expect(queue.size).toBe(6);
  });

  it('moves a file from one kind to the next as its time runs out', () => {
    const queue = new MediaQueue<string>();
    queue.add({ id: 1, deadlineMs: NOW + LEFT.Fresh, sizeBytes: 1, value: 'old' });
    queue.add({ id: 2, deadlineMs: NOW + LEFT.Fresh + 5 * 24 * 3_600_000, sizeBytes: 1, value: 'new' });
    // Four and a half days later the first is in danger: it goes before what has just been said.
    expect(queue.take(NOW + LEFT.Fresh - DANGER_MS / 2, 1)?.value).toBe('old');
  });

  it('takes everything exactly once', () => {
    const work = fc.tuple(fc.constantFrom<WorkKind>('Danger', 'Fresh', 'Backlog'), fc.nat(300 * MB));
    fc.assert(
      fc.property(fc.array(work, { maxLength: 80 }), (works) => {
        const ids = order(queueOf(works)).map(({ id }) => id);
        expect(ids.sort((a, b) => a - b)).toEqual(works.map((_, id) => id));
      }),
    );
  });
});
