// Tells people what happened to an object, as Events (events.k8s.io/v1): the same thing again is counted on the first Event instead of
// making another, and one object can only talk so much. An Event that cannot be written is dropped: it must never fail what it is about.
import type { ApiClient } from './api-client.ts';
import { isApiError } from './api-error.ts';
import type { Clock, Random, WallClock } from './clock.ts';
import type { KubeObject } from './kube-object.ts';
import { microTime } from './lease.ts';
import { apiVersionOf, type Resource } from './resource.ts';

export const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  isNamespaced: true,
};

export interface Happening {
  readonly resource: Resource;
  /** What it happened to. */
  readonly object: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, the reason of a condition where there is one. */
  readonly reason: string;
  /** What was being done: `Reconcile`. */
  readonly action: string;
  /** For people; cut at 1 KiB. No secrets, no message content. */
  readonly note: string;
}

export interface Recorder {
  /** Never throws and never waits. */
  record(happening: Happening): void;
  /** Writes what has been counted and not yet written. Resolves when all is done, or given up. */
  flush(): Promise<void>;
}

export interface RecorderOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  /** `menshen.dev/operator`. */
  readonly controller: string;
  /** Pod name. */
  readonly instance: string;
  readonly onFailure?: (error: unknown) => void;
}

interface Told {
  /** Of the Event; absent while it is being created. */
  name: string | undefined;
  readonly happening: Happening;
  count: number;
  writtenCount: number;
  lastMs: number;
  /** Ends the waiting for the next write. */
  cancel: (() => void) | undefined;
}

/** The same thing after so long a silence is news again (client-go: 6 min). */
const FORGET_MS = 6 * 60_000;
/** A count is written at most this often: each write is a write to etcd. */
const COUNT_EVERY_MS = 60_000;
/** Different things one object may say at once, and how often it earns another (client-go: 25, and one in 5 min). */
const SPAM = { burst: 25, everyMs: 5 * 60_000 };
/** The API server refuses longer notes. */
const LONGEST_NOTE_BYTES = 1024;

export function createRecorder(options: RecorderOptions): Recorder {
  const { clock } = options;
  const told = new Map<string, Told>();
  const budgets = new Map<string, { tokens: number; countedAtMs: number }>();
  const running = new Set<Promise<void>>();

  const run = (write: Promise<void>): void => {
    const settled = write
      .catch((error: unknown) => options.onFailure?.(error))
      .finally(() => running.delete(settled));
    running.add(settled);
  };
  const mayTalk = (object: string): boolean => {
    const nowMs = clock.nowMs();
    const known = budgets.get(object) ?? { tokens: SPAM.burst, countedAtMs: nowMs };
    const tokens = Math.min(SPAM.burst, known.tokens + (nowMs - known.countedAtMs) / SPAM.everyMs);
    budgets.set(object, { tokens: tokens >= 1 ? tokens - 1 : tokens, countedAtMs: nowMs });
    return tokens >= 1;
  };
  const forgetOld = (): void => {
    const nowMs = clock.nowMs();
    for (const [key, each] of told)
      if (each.cancel === undefined && nowMs - each.lastMs >= FORGET_MS) told.delete(key);
    for (const [key, { countedAtMs }] of budgets)
      if (nowMs - countedAtMs >= SPAM.burst * SPAM.everyMs) budgets.delete(key);
  };
  const writeCount = (each: Told): void => {
    each.cancel?.();
    each.cancel = undefined;
    if (each.count > each.writtenCount) run(writeSeries(options, each));
  };

  return {
    record: (happening) => {
      forgetOld();
      const key = keyOfHappening(happening);
      const known = told.get(key);
      if (known !== undefined) {
        known.count += 1;
        known.lastMs = clock.nowMs();
        known.cancel ??= clock.after(COUNT_EVERY_MS, () => writeCount(known));
        return;
      }
      if (!mayTalk(happening.object.metadata.uid ?? '')) return;
      const first = {
        name: undefined,
        happening,
        count: 1,
        writtenCount: 1,
        lastMs: clock.nowMs(),
        cancel: undefined,
      };
      told.set(key, first);
      run(
        writeFirst(options, first).catch((error: unknown) => {
          told.delete(key);
          throw error;
        }),
      );
    },
    flush: async () => {
      await Promise.all(running);
      for (const each of told.values()) writeCount(each);
      await Promise.all(running);
    },
  };
}

/** As client-go, and with the note: two policies rejected for different rules are two things. */
function keyOfHappening({ object, type, reason, action, note }: Happening): string {
  return JSON.stringify([object.metadata.uid, type, reason, action, note]);
}

async function writeFirst(options: RecorderOptions, told: Told): Promise<void> {
  const { client, wallClock, random, controller, instance } = options;
  const { resource, object, type, reason, action, note } = told.happening;
  const { name, namespace, uid, resourceVersion } = object.metadata;
  // Unique without asking: the object's name, cut to what a name may hold, and 64 random bits.
  const unique = [random(), random()]
    .map((part) =>
      Math.floor(part * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  const event: KubeObject & Record<string, unknown> = {
    metadata: { name: `${name.slice(0, 230)}.${unique}`, namespace: namespace ?? 'default' },
    eventTime: microTime(wallClock.nowMs()),
    reportingController: controller,
    reportingInstance: instance,
    action,
    reason,
    type,
    note: cutToBytes(note, LONGEST_NOTE_BYTES),
    regarding: {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    },
  };
  await client.create(EVENTS, event);
  told.name = event.metadata.name;
}

/** Bytes count, and no character is cut in two. */
function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const ending = '…';
  let kept = '';
  let left = bytes - Buffer.byteLength(ending);
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + ending;
}

/** The Event lives an hour; when it is gone the count goes with it, and the next happening makes a new one. */
async function writeSeries({ client, wallClock, controller }: RecorderOptions, told: Told): Promise<void> {
  if (told.name === undefined) return;
  const { count, happening } = told;
  told.writtenCount = count;
  try {
    await client.patch(
      EVENTS,
      { name: told.name, namespace: happening.object.metadata.namespace ?? 'default' },
      {
        type: 'Merge',
        body: { series: { count, lastObservedTime: microTime(wallClock.nowMs()) } },
        fieldManager: controller,
      },
    );
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
    told.lastMs = Number.NEGATIVE_INFINITY;
  }
}
