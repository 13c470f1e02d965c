// One batch from the capture stream to stored judgements: what was judged before is recognised, the rest is evaluated together, and what
// cannot be evaluated together is judged alone. Only when everything is published may the messages be acknowledged.
import type { Clock } from '@menshen/contracts/clock';
import { FINDINGS_HEADER } from '@menshen/contracts/finding';
import { findingSubject } from '@menshen/contracts/subjects';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { buryPoison } from './bury-poison.ts';
import { type EvaluationResult, packPayloads, type WantedBody } from './evaluation-job.ts';
import type { EvaluatorHost } from './evaluator-host.ts';
import type { FetchObject } from './fetch-policy.ts';
import type { Isolation } from './judge-alone.ts';
import type { JudgedLog } from './judged-log.ts';
import { encodeSequences, JUDGED_HEADER } from './judged-sequences.ts';
import type { PackedJudgements } from './pack-judgements.ts';
import type { ScannerMetrics } from './scanner-metrics.ts';

export interface BatchTools {
  readonly corpId: string;
  readonly js: JetStreamClient;
  readonly host: EvaluatorHost;
  readonly isolation: Isolation;
  readonly judged: JudgedLog;
  readonly fetchObject: FetchObject;
  readonly makeSalt: () => Buffer;
  readonly clock: Clock;
  readonly metrics: ScannerMetrics;
  readonly logger: Logger;
}

/** A message delivered this often is handled alone (design: delivery). */
const SUSPICIOUS_DELIVERIES = 3;

type Evaluated = Extract<EvaluationResult, { kind: 'Evaluated' }>;

/** Rejects when the batch could not be judged or published whole; it is then handed over again, and nothing is judged twice. */
export async function judgeBatch(tools: BatchTools, batch: readonly JsMsg[]): Promise<void> {
  const redelivered = batch.some((message) => message.info.deliveryCount > 1);
  await tools.judged.settle(oldestCapture(batch), redelivered);
  const fresh = batch.filter((message) => !tools.judged.has(message.seq));
  if (fresh.length < batch.length) tools.metrics.repeated(batch.length - fresh.length);
  const suspicious = fresh.filter((message) => message.info.deliveryCount >= SUSPICIOUS_DELIVERIES);
  const together = fresh.filter((message) => message.info.deliveryCount < SUSPICIOUS_DELIVERIES);
  const leftOver = together.length === 0 ? [] : await judgeTogether(tools, together);
  for (const message of [...suspicious, ...leftOver]) await judgeAlone(tools, message);
}

/** When the oldest message of the batch was stored: no judgement of it can be older. */
function oldestCapture(batch: readonly JsMsg[]): number {
  return Math.min(...batch.map((message) => Math.floor(message.info.timestampNanos / 1e6)));
}

/** Evaluates and publishes; gives back the messages that have to be judged alone. */
async function judgeTogether(tools: BatchTools, messages: readonly JsMsg[]): Promise<readonly JsMsg[]> {
  let bodies = new Map<number, Uint8Array | null>();
  for (;;) {
    const result = await tools.host.evaluate({
      corpId: tools.corpId,
      judgedAtMs: tools.clock.nowMs(),
      ...packPayloads(messages.map((message) => message.data)),
      streamSequences: messages.map((message) => message.seq),
      bodies,
    });
    if (result.kind === 'Died') return messages;
    if (result.kind === 'Evaluated') {
      tools.metrics.evaluated(messages.length, result.tookMs);
      await publish(tools, result);
      const failed = new Set(result.failed.map(({ streamSequence }) => streamSequence));
      return messages.filter((message) => failed.has(message.seq));
    }
    bodies = new Map([...bodies, ...(await fetchBodies(tools, result.wanted))]);
  }
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
  for (;;) {
    const alone = {
      payload: message.data,
      streamSequence: message.seq,
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
    body = (await tools.fetchObject(outcome.objectKey)) ?? null;
  }
}

async function publish(tools: BatchTools, result: Evaluated): Promise<void> {
  await Promise.all(result.packed.map((packed) => publishOne(tools, packed)));
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
