// Captured messages, policies and what became of them, for the scanner's tests.
import { type CaptureStamp, encodeCaptured } from '@menshen/contracts/captured-message';
import { contentDigest, saltedDigest } from '@menshen/contracts/digest';
import {
  decodeJudgements,
  type Finding,
  type Judgement,
  type JudgementBatch,
} from '@menshen/contracts/finding';
import {
  lexiconObjectKey,
  type PolicyPointer,
  policyKey,
  policyObjectKey,
} from '@menshen/contracts/policy-bundle';
import { findingSubject, messageSubject, outcomeStream, partitionOf } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';

const SALT = Buffer.alloc(32, 7);

export interface MessageOptions {
  readonly corpId: string;
  readonly msgid: string;
  readonly text: string;
  readonly change?: Partial<CaptureStamp>;
  /** Instead of a text message's JSON. */
  readonly raw?: Uint8Array;
}

/** A captured text message, as ingest would publish it. */
export function makeCaptured(options: MessageOptions): {
  readonly stamp: CaptureStamp;
  readonly raw: Uint8Array;
} {
  const { corpId, msgid, text } = options;
  const conversationId = options.change?.conversationId ?? 'wr1';
  const message = {
    msgid,
    action: 'send',
    from: 'zhang',
    tolist: ['wo_customer'],
    roomid: conversationId,
    msgtime: 1_700_000_000_000,
    msgtype: 'text',
    text: { content: text },
  };
  const raw = options.raw ?? Buffer.from(JSON.stringify(message));
  const stamp: CaptureStamp = {
    corpId,
    seq: /\d+$/.exec(msgid)?.[0] ?? '1',
    msgid,
    msgtype: 'text',
    publickeyVer: 1,
    capturedAtMs: 1_700_000_000_500,
    eventTimeMs: 1_700_000_000_000,
    conversationId,
    conversationKind: 'Group',
    partition: partitionOf(conversationId),
    direction: 'Outbound',
    sender: { id: 'zhang', kind: 'Staff', name: '', departments: ['Acme/Sales'] },
    recipients: { staff: 0, external: 1, robot: 0, unknown: 0, departments: [] },
    directoryVersion: 1,
    consent: 'Agreed',
    quarantined: false,
    salt: SALT.toString('base64'),
    digest: saltedDigest(SALT, raw),
    facts: { version: 0, media: [], pending: [] },
    ...options.change,
  };
  return { stamp, raw };
}

export function makePayload(options: MessageOptions): Buffer {
  const { stamp, raw } = makeCaptured(options);
  return encodeCaptured({
    stamp,
    raw: stamp.body === undefined ? raw : Buffer.alloc(0),
    envelope: Buffer.from('{}'),
  });
}

export async function publishMessage(js: JetStreamClient, options: MessageOptions): Promise<number> {
  const partition = partitionOf(options.change?.conversationId ?? 'wr1');
  const subject = messageSubject(options.corpId, partition, 'text');
  return (await js.publish(subject, makePayload(options))).seq;
}

/** A policy that looks for `term`. */
export const termPolicy = (term: string, change: Partial<PolicySpec> = {}): PolicySpec => ({
  severity: 'High',
  rules: [{ name: 'said', any: [{ keywords: { terms: [term] } }] }],
  ...change,
});

/** Objects in memory, which a test may take away or spoil. */
export class TestObjects implements Pick<ObjectStore, 'get'> {
  readonly stored = new Map<string, Buffer>();
  away = false;
  /** What is put is lost. */
  loses = false;
  gets = 0;

  put(key: string, bytes: Buffer): void {
    if (!this.loses) this.stored.set(key, bytes);
  }

  async get(key: string): Promise<Buffer | undefined> {
    this.gets++;
    if (this.away) throw new Error('connection refused');
    return this.stored.get(key);
  }
}

export interface PutPolicy {
  readonly corpId: string;
  readonly name: string;
  readonly generation: number;
  readonly spec: unknown;
  /** Word lists of the bundle. */
  readonly lexicons?: readonly string[];
}

/** Stores bundle and lexicons, then points to them, as the operator does. */
export async function putPolicy(
  to: { readonly policies: KV; readonly put: (key: string, bytes: Buffer) => unknown },
  policy: PutPolicy,
): Promise<PolicyPointer> {
  const lexicons = (policy.lexicons ?? []).map((text) => ({
    digest: contentDigest(text),
    bytes: Buffer.from(text),
  }));
  for (const { digest, bytes } of lexicons) await to.put(lexiconObjectKey(digest), bytes);
  const { name, generation, spec } = policy;
  const bundle = Buffer.from(
    JSON.stringify({
      namespace: 'acme',
      name,
      generation,
      spec,
      lexicons: lexicons.map(({ digest, bytes }) => ({
        digest,
        objectKey: lexiconObjectKey(digest),
        sizeBytes: bytes.length,
      })),
    }),
  );
  const digest = contentDigest(bundle);
  await to.put(policyObjectKey(digest), bundle);
  const pointer: PolicyPointer = {
    namespace: 'acme',
    name,
    generation,
    digest,
    objectKey: policyObjectKey(digest),
    sizeBytes: bundle.length,
  };
  await to.policies.put(policyKey(policy.corpId, 'acme', name), JSON.stringify(pointer));
  return pointer;
}

export async function readBatches(js: JetStreamClient, corpId: string): Promise<JudgementBatch[]> {
  const batches: JudgementBatch[] = [];
  const tail = { stream: outcomeStream(corpId), subject: findingSubject(corpId), from: { sequence: 1 } };
  await readTail(js, tail, (message) => batches.push(decodeJudgements(message.data)));
  return batches;
}

export interface Judged {
  readonly judgement: Judgement;
  readonly policySetDigest: string;
}

/** Every judgement that is stored, in the order of the outcome stream. */
export async function readJudgements(js: JetStreamClient, corpId: string): Promise<Judged[]> {
  return (await readBatches(js, corpId)).flatMap(({ judgements, policySetDigest }) =>
    judgements.map((judgement) => ({ judgement, policySetDigest })),
  );
}

export const findingsOf = (judged: readonly Judged[]): Finding[] =>
  judged.flatMap(({ judgement }) => [...judgement.findings]);

/** What is not exactly once: nothing, when all is well. */
export function listWrong(
  judged: readonly Judged[],
  expected: readonly number[],
): { lost: number[]; doubled: number[] } {
  const counts = new Map<number, number>();
  for (const { judgement } of judged)
    counts.set(judgement.streamSequence, (counts.get(judgement.streamSequence) ?? 0) + 1);
  return {
    lost: expected.filter((sequence) => !counts.has(sequence)),
    doubled: [...counts].flatMap(([sequence, count]) => (count > 1 ? [sequence] : [])),
  };
}
