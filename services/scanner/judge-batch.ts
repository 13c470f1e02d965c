// One batch from the capture stream to stored judgements: what was judged before is recognised, the rest is evaluated together, and what
// cannot be evaluated together is judged alone. Only when everything is published may the messages be acknowledged.
import type { Clock } from '@menshen/contracts/clock';
import { FINDINGS_HEADER } from '@menshen/contracts/finding';
import { captureEventKind, findingSubject } from '@menshen/contracts/subjects';
import { injectTrace } from '@menshen/jetstream/trace-headers';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { ModelServers } from './ask-models.ts';
import { buryPoison } from './bury-poison.ts';
import type { RecentCounter, RecentCounts } from './count-recent.ts';
import {
  type EvaluationResult,
  type ModelOutcome,
  packPayloads,
  type WantedBody,
  type WantedModels,
} from './evaluation-job.ts';
import type { EvaluatorHost, HostedResult } from './evaluator-host.ts';
import type { FetchObject } from './fetch-policy.ts';
import type { Isolation } from './judge-alone.ts';
import type { JudgedLog } from './judged-log.ts';
import { encodeSequences, JUDGED_HEADER } from './judged-sequences.ts';
import type { PackedJudgements } from './pack-judgements.ts';
import type { PendingModels } from './rejudge-pending.ts';
import type { ScannerMetrics } from './scanner-metrics.ts';

export interface BatchTools {
  readonly corpId: string;
  readonly js: JetStreamClient;
  readonly host: EvaluatorHost;
  readonly isolation: Isolation;
  readonly judged: JudgedLog;
  readonly recent: RecentCounter;
  readonly models: Pick<ModelServers, 'ask'>;
  readonly pending: Pick<PendingModels, 'add'>;
  readonly fetchObject: FetchObject;
  readonly makeSalt: () => Buffer;
  readonly clock: Clock;
  readonly metrics: ScannerMetrics;
  readonly logger: Logger;
}

/** A message redelivered this often is handled alone (design: delivery). */
const SUSPICIOUS_REDELIVERIES = 3;
/** Large messages are over 512 KiB each: so many are held at once. */
const MOST_BODIES = 8;
/** A batch in hand for longer than this may have been delivered to another process meanwhile, ms: before it publishes, it looks. */
const STALE_AFTER_MS = 5_000;

type Evaluated = Extract<EvaluationResult, { kind: 'Evaluated' }>;

/** Rejects when the batch could not be judged or published whole; it is then handed over again, and nothing is judged twice. */
export async function judgeBatch(tools: BatchTools, batch: readonly JsMsg[]): Promise<void> {
  tools.recent.follow(batch, windowsOf(tools));
  const fresh = await listFresh(tools, inStreamOrder(batch.filter(isJudged)));
  if (fresh.length === 0) return;
  const suspicious = fresh.filter((message) => redeliveriesOf(message) >= SUSPICIOUS_REDELIVERIES);
  const together = fresh.filter((message) => redeliveriesOf(message) < SUSPICIOUS_REDELIVERIES);
  const leftOver = await judgeTogether(tools, together);
  for (const message of inStreamOrder([...suspicious, ...leftOver])) await judgeAlone(tools, message);
}

/** Pages and dead letters come by the same consumer where one scanner reads everything. */
function isJudged({ subject }: JsMsg): boolean {
  const kind = captureEventKind(subject);
  return kind === 'message' || kind === 'enriched';
}

/**
 * What is delivered again comes in any order and may come twice [measured with nats-server 2.15.1]: each message once, in record order.
 */
function inStreamOrder(batch: readonly JsMsg[]): readonly JsMsg[] {
  const bySequence = new Map(batch.map((message) => [message.seq, message]));
  return [...bySequence.values()].sort((a, b) => a.seq - b.seq);
}

function redeliveriesOf(message: JsMsg): number {
  return message.info.deliveryCount - 1;
}

/** The messages that have no judgement yet. */
async function listFresh(tools: BatchTools, messages: readonly JsMsg[]): Promise<readonly JsMsg[]> {
  const redelivered = messages.some((message) => redeliveriesOf(message) > 0);
  await tools.judged.settle(oldestCapture(messages), redelivered);
  const fresh = messages.filter((message) => !tools.judged.has(message.seq));
  if (fresh.length < messages.length) tools.metrics.repeated(messages.length - fresh.length);
  return fresh;
}

/** When the oldest of them was stored, ms: no judgement of any can be older. */
function oldestCapture(messages: readonly JsMsg[]): number {
  return Math.min(...messages.map((message) => Math.floor(message.info.timestampNanos / 1e6)));
}

/** Evaluates and publishes; gives back the messages that have to be judged alone. */
async function judgeTogether(tools: BatchTools, messages: readonly JsMsg[]): Promise<readonly JsMsg[]> {
  if (messages.length === 0) return [];
  const startedAtMs = tools.clock.nowMs();
  const first = await evaluate(tools, messages, new Map());
  if (first.kind === 'NeedsBodies') return await judgeWithBodies(tools, messages, first.wanted);
  return await conclude(tools, { messages, result: first, startedAtMs });
}

/** A batch with large messages: cut so that few of their bodies are in memory at once. */
async function judgeWithBodies(
  tools: BatchTools,
  messages: readonly JsMsg[],
  wanted: readonly WantedBody[],
): Promise<readonly JsMsg[]> {
  const startedAtMs = tools.clock.nowMs();
  const end = wanted[MOST_BODIES]?.index ?? messages.length;
  const part = messages.slice(0, end);
  const bodies = new Map(await fetchBodies(tools, wanted.slice(0, MOST_BODIES)));
  const result = await evaluate(tools, part, bodies);
  const leftOver = await conclude(tools, { messages: part, result, startedAtMs });
  return [...leftOver, ...(await judgeTogether(tools, messages.slice(end)))];
}

type Settled = Exclude<HostedResult, { kind: 'NeedsRecent' | 'NeedsModels' }>;

async function evaluate(
  tools: BatchTools,
  messages: readonly JsMsg[],
  bodies: ReadonlyMap<number, Uint8Array | null>,
): Promise<Settled> {
  const models = new Map<number, readonly ModelOutcome[]>();
  for (;;) {
    const recent = await tools.recent.count(messages, windowsOf(tools));
    const result = await tools.host.evaluate({
      corpId: tools.corpId,
      judgedAtMs: tools.clock.nowMs(),
      ...packPayloads(messages.map((message) => message.data)),
      streamSequences: messages.map((message) => message.seq),
      bodies,
      recent,
      models,
    });
    if (result.kind === 'NeedsModels') {
      await askModels(tools, result.wanted, models);
      continue;
    }
    // Another set came into force while messages were counted: by then its windows are known.
    if (result.kind !== 'NeedsRecent') return result;
  }
}

/** Adds what the servers say to what is known. Each is asked once, so that this ends. */
async function askModels(
  tools: BatchTools,
  wanted: readonly WantedModels[],
  known: Map<number, readonly ModelOutcome[]>,
): Promise<void> {
  for (const [index, outcomes] of await tools.models.ask(wanted))
    known.set(index, [...(known.get(index) ?? []), ...outcomes]);
}

const windowsOf = ({ host }: BatchTools): readonly number[] => host.inForce?.set.recentSeconds ?? [];

interface InHand {
  readonly messages: readonly JsMsg[];
  readonly result: Settled;
  readonly startedAtMs: number;
}

/** Publishes what was judged; gives back what was not. */
async function conclude(tools: BatchTools, inHand: InHand): Promise<readonly JsMsg[]> {
  const { messages, result, startedAtMs } = inHand;
  if (result.kind !== 'Evaluated') return messages;
  tools.metrics.evaluated(messages.length, result.tookMs);
  if (tools.clock.nowMs() - startedAtMs > STALE_AFTER_MS) {
    tools.judged.doubt();
    const fresh = await listFresh(tools, messages);
    if (fresh.length < messages.length) return await judgeTogether(tools, fresh);
  }
  await publish(tools, result);
  const failed = new Set(result.failed.map(({ streamSequence }) => streamSequence));
  return messages.filter((message) => failed.has(message.seq));
}

async function fetchBodies(
  tools: BatchTools,
  wanted: readonly WantedBody[],
): Promise<readonly (readonly [number, Uint8Array | null])[]> {
  return await Promise.all(
    wanted.map(
      async ({ index, objectKey }) => [index, (await tools.fetchObject(objectKey)) ?? null] as const,
    ),
  );
}

async function judgeAlone(tools: BatchTools, message: JsMsg): Promise<void> {
  const inForce = tools.host.inForce;
  if (inForce === undefined) throw new Error('no policy set is in force yet');
  tools.metrics.isolated(1);
  let body: Uint8Array | null | undefined;
  const models = new Map<number, readonly ModelOutcome[]>();
  for (;;) {
    const recent: RecentCounts = await tools.recent.count([message], inForce.set.recentSeconds);
    const alone = {
      payload: message.data,
      streamSequence: message.seq,
      recent,
      models: models.get(0) ?? [],
      ...(body === undefined ? {} : { body }),
    };
    const outcome = await tools.isolation.judge(alone, inForce.policies);
    if (outcome.kind === 'Evaluated') return await publish(tools, outcome.result);
    if (outcome.kind === 'Poison') {
      tools.logger.error(
        { sequence: message.seq, detail: outcome.detail },
        'a message cannot be judged and becomes a dead letter',
      );
      await buryPoison(tools, { payload: message.data, streamSequence: message.seq }, outcome.detail);
      tools.metrics.buried();
      return;
    }
    if (outcome.kind === 'NeedsModels') {
      await askModels(tools, outcome.wanted, models);
      continue;
    }
    // Counted for these policies, so that it is not asked again.
    if (outcome.kind === 'NeedsRecent')
      throw new Error('the evaluator asks for windows that its policies do not');
    body = (await tools.fetchObject(outcome.objectKey)) ?? null;
  }
}

async function publish(tools: BatchTools, result: Evaluated): Promise<void> {
  await Promise.all(result.packed.map((packed) => publishOne(tools, packed)));
  tools.pending.add(result.awaiting);
  const judged = result.packed.reduce((sum, packed) => sum + packed.streamSequences.length, 0);
  tools.metrics.published({
    judged,
    quarantined: result.quarantined,
    found: result.found,
    publishedAtMs: tools.clock.nowMs(),
  });
}

/** An answer that did not come leaves it open whether the judgements are stored: the next batch looks. */
async function publishOne(tools: BatchTools, packed: PackedJudgements): Promise<void> {
  const meta = headers();
  injectTrace(meta);
  meta.set(FINDINGS_HEADER, String(packed.findings));
  meta.set(JUDGED_HEADER, encodeSequences(packed.streamSequences));
  try {
    await tools.js.publish(findingSubject(tools.corpId), packed.payload, { headers: meta });
  } catch (error) {
    tools.judged.doubt();
    throw new Error(`cannot publish the judgements of ${packed.streamSequences.length} messages`, {
      cause: error,
    });
  }
  tools.judged.add(packed.streamSequences);
}
