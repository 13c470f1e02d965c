import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock, noJitter } from './clock.testkit.ts';
import { createRetryPace } from './retry-pace.ts';
import { createWorkQueue, type Priority, type QueueObserver, type WorkQueue } from './work-queue.ts';

const setUp = (observer?: QueueObserver) => {
  const clock = fakeClock();
  const pace = createRetryPace(clock, noJitter);
  const queue = createWorkQueue({ clock, pace, ...(observer === undefined ? {} : { observer }) });
  return { clock, queue };
};

const takeAll = async (queue: WorkQueue): Promise<string[]> => {
  const taken: string[] = [];
  while (queue.depth() > 0) {
    const key = await queue.take();
    if (key !== undefined) taken.push(key);
  }
  return taken;
};

describe('a work queue', () => {
  it('queues a key once however often it is added', async () => {
    const { queue } = setUp();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(await takeAll(queue)).toEqual(['a', 'b']);
  });

  it('hands a key that was added while in work to nobody until it is done, and then once more', async () => {
    const { queue } = setUp();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.depth()).toBe(0);
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a']);
    queue.done('a');
    expect(queue.depth()).toBe(0);
  });

  it('gives edits out before resyncs, and turns a queued resync into an edit', async () => {
    const { queue } = setUp();
    queue.add('resync-1', 'Resync');
    queue.add('resync-2', 'Resync');
    queue.add('edit-1');
    queue.add('resync-2', 'Edit');
    queue.add('edit-1', 'Resync');
    expect(await takeAll(queue)).toEqual(['edit-1', 'resync-2', 'resync-1']);
  });

  it('remembers an edit made during a resync of the same key as an edit', async () => {
    const { queue } = setUp();
    queue.add('a', 'Resync');
    await queue.take();
    queue.add('a', 'Edit');
    queue.add('a', 'Resync');
    queue.add('b', 'Resync');
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a', 'b']);
  });

  it('wakes a worker that waits', async () => {
    const { queue } = setUp();
    const taken = queue.take();
    queue.add('late');
    expect(await taken).toBe('late');
  });

  it('keeps the earlier of two delays', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 5000);
    queue.addAfter('b', 5000);
    queue.addAfter('b', 1000);
    clock.jump(999);
    expect(queue.depth()).toBe(0);
    clock.jump(1);
    expect(await takeAll(queue)).toEqual(['a', 'b']);
    clock.jump(10_000);
    expect(queue.depth()).toBe(0);
  });

  it('doubles the delay of a failing key up to five minutes and starts again after success', () => {
    const clock = fakeClock();
    const pace = createRetryPace(clock, noJitter, { perSecond: 1000, burst: 1000 });
    const delays = Array.from({ length: 20 }, () => pace.nextDelayMs('a'));
    expect(delays.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(delays.at(-1)).toBe(300_000);
    expect(pace.nextDelayMs('b')).toBe(5);
    pace.forget('a');
    expect(pace.nextDelayMs('a')).toBe(5);
  });

  it('spreads the retries of many keys over time once the burst is used up', () => {
    const clock = fakeClock();
    const pace = createRetryPace(clock, noJitter, { perSecond: 10, burst: 2 });
    expect(['a', 'b', 'c', 'd'].map((key) => pace.nextDelayMs(key))).toEqual([5, 5, 100, 200]);
    clock.jump(1000);
    expect(pace.nextDelayMs('e')).toBe(5);
  });

  it('hands out on shut-down what is queued and what was dirty, and nothing new', async () => {
    const { queue, clock } = setUp();
    queue.add('a');
    queue.add('b');
    queue.addAfter('later', 10);
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.shutDown();
    queue.add('new');
    clock.jump(100);
    let isDrained = false;
    const drained = queue.drained().then(() => {
      isDrained = true;
    });
    expect(await queue.take()).toBe('b');
    queue.done('b');
    queue.done('a');
    expect(isDrained).toBe(false);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(await queue.take()).toBeUndefined();
    await drained;
  });

  it('releases workers that wait when it is shut down', async () => {
    const { queue } = setUp();
    const waiting = [queue.take(), queue.take()];
    queue.shutDown();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  });

  it('refuses a done without a take', () => {
    expect(() => setUp().queue.done('a')).toThrow('without take');
  });

  it('tells an observer how long keys waited and were worked on', async () => {
    const seen: [string, number?][] = [];
    const { queue, clock } = setUp({
      added: () => seen.push(['added']),
      retried: () => seen.push(['retried']),
      taken: (waitedMs) => seen.push(['taken', waitedMs]),
      done: (workedMs) => seen.push(['done', workedMs]),
    });
    queue.add('a', 'Resync');
    clock.jump(20);
    queue.add('a', 'Edit');
    clock.jump(20);
    await queue.take();
    clock.jump(300);
    expect(queue.inWorkMs()).toEqual([300]);
    queue.addAfterFailure('a');
    queue.done('a');
    clock.jump(5);
    expect(seen).toEqual([['added'], ['taken', 40], ['retried'], ['done', 300], ['added']]);
  });
});

type Step =
  | { readonly do: 'add'; readonly key: string; readonly priority: Priority }
  | { readonly do: 'addAfter'; readonly key: string; readonly delayMs: number }
  | { readonly do: 'fail'; readonly index: number }
  | { readonly do: 'take' }
  | { readonly do: 'done'; readonly index: number }
  | { readonly do: 'pass'; readonly ms: number };

const key = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      key,
      priority: fc.constantFrom<Priority>('Edit', 'Resync'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('addAfter' as const),
      key,
      delayMs: fc.integer({ min: 1, max: 50 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), index: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), index: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  },
);

/** Runs steps against the queue and watches: which keys are in work, and which adds have not yet been followed by a take. */
class Watched {
  readonly clock = fakeClock();
  readonly queue = createWorkQueue({ clock: this.clock, pace: createRetryPace(this.clock, noJitter) });
  readonly inWork: string[] = [];
  readonly owed = new Set<string>();
  /** A key taken because of one add may come once more for the delayed add before it: that is allowed, a key nobody asked for is not. */
  private readonly asked = new Set<string>();
  private readonly edits = new Set<string>();

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.step(each);
  }

  private async step(each: Step): Promise<void> {
    switch (each.do) {
      case 'add':
        this.ask(each.key);
        if (each.priority === 'Edit') this.edits.add(each.key);
        return this.queue.add(each.key, each.priority);
      case 'addAfter':
        this.ask(each.key);
        return this.queue.addAfter(each.key, each.delayMs, 'Resync');
      case 'fail': {
        const failed = this.inWork[each.index];
        if (failed === undefined) return;
        this.ask(failed);
        this.queue.addAfterFailure(failed, 'Resync');
        return this.finish(each.index);
      }
      case 'take':
        if (this.queue.depth() > 0) await this.take();
        return;
      case 'done':
        return this.finish(each.index);
      case 'pass':
        return this.clock.jump(each.ms);
    }
  }

  private ask(asked: string): void {
    this.owed.add(asked);
    this.asked.add(asked);
  }

  async take(): Promise<void> {
    const taken = await this.queue.take();
    if (taken === undefined) throw new Error('nothing taken though something was ready');
    if (this.inWork.includes(taken)) throw new Error(`${taken} is handled by two workers`);
    if (!this.asked.has(taken)) throw new Error(`${taken} was handed out though nobody asked`);
    const overtaken = [...this.edits].filter((edit) => !this.inWork.includes(edit));
    if (overtaken.length > 0 && !this.edits.has(taken))
      throw new Error(`resync of ${taken} before edit of ${overtaken}`);
    this.edits.delete(taken);
    this.owed.delete(taken);
    this.inWork.push(taken);
  }

  finish(index: number): void {
    const [finished] = this.inWork.splice(index, 1);
    if (finished !== undefined) this.queue.done(finished);
  }
}

describe('a work queue under any interleaving', () => {
  it('never has two workers on one key, loses no add, and puts edits first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const watched = new Watched();
        await watched.run(steps);
        for (let round = 0; round < 20; round += 1) {
          watched.clock.jump(400_000);
          while (watched.queue.depth() > 0) await watched.take();
          while (watched.inWork.length > 0) watched.finish(0);
        }
        expect([...watched.owed], 'keys added and never handed out afterwards').toEqual([]);
        expect(watched.queue.depth()).toBe(0);
        expect(watched.clock.pending()).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
