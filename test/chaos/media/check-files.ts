// Holds what was said of each file against what was sent, and the stored bytes against their hash; what has been checked is deleted, so that the
// disk holds a few files at a time however many are sent.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CapturedMessage, decodeCaptured, type MediaFact } from '@menshen/contracts/captured-message';
import { captureStream } from '@menshen/contracts/subjects';
import { DeliverPolicy, type JetStreamClient } from '@nats-io/jetstream';
import type { Expectation } from './plan-files.ts';

export interface SentFile {
  /** Of the message. */
  readonly seq: string;
  /** Hex, of the plaintext. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly expected: Expectation;
}

export interface FileCheck {
  /** Files of which the last word has been said. */
  done(): number;
  doneBytes(): number;
  /** One line for each thing that is not as it should be. */
  problems(): readonly Problem[];
  /** Files whose last word is a gap, as expected. */
  gaps(): number;
  stop(): Promise<void>;
}

export interface Problem {
  readonly kind: 'wrong' | 'doubled' | 'unexpected-gap';
  readonly what: string;
}

/** Larger objects are deleted when they are checked. Small ones may have the same bytes, and so be the same object. */
const DELETED_ABOVE_BYTES = 4096;

/** Reads enriched events from the stream's first message on. The stream must exist. */
export async function checkFiles(of: {
  readonly js: JetStreamClient;
  readonly corpId: string;
  readonly objectsDir: string;
  /** By seq. */
  readonly sent: ReadonlyMap<string, SentFile>;
}): Promise<FileCheck> {
  const consumer = await of.js.consumers.get(captureStream(of.corpId), {
    filter_subjects: [`wecom.${of.corpId}.enriched.>`],
    deliver_policy: DeliverPolicy.All,
  });
  const messages = await consumer.consume({ max_messages: 200 });
  const problems: Problem[] = [];
  const versions = new Map<string, number>();
  const final = new Set<string>();
  let gaps = 0;
  let bytes = 0;

  const check = async (event: CapturedMessage): Promise<void> => {
    const { seq, facts } = event.stamp;
    const sent = of.sent.get(seq);
    const [fact] = facts.media;
    if (sent === undefined || fact === undefined)
      return void problems.push({ kind: 'wrong', what: `${seq}: not ours` });
    if (facts.version <= (versions.get(seq) ?? 0) || final.has(seq))
      problems.push({ kind: 'doubled', what: `${seq}: version ${facts.version} after ${versions.get(seq)}` });
    versions.set(seq, Math.max(facts.version, versions.get(seq) ?? 0));
    if (fact.state === 'Gap' && fact.final !== true) return;
    final.add(seq);
    bytes += sent.sizeBytes;
    const problem = await problemOf(fact, sent, of.objectsDir);
    if (problem !== undefined) problems.push({ ...problem, what: `${seq}: ${problem.what}` });
    else if (fact.state === 'Gap') gaps++;
  };
  const reading = (async () => {
    for await (const message of messages) await check(decodeCaptured(message.data));
  })();
  reading.catch((error: unknown) =>
    problems.push({ kind: 'wrong', what: `the check failed: ${String(error)}` }),
  );
  return {
    done: () => final.size,
    doneBytes: () => bytes,
    problems: () => problems,
    gaps: () => gaps,
    async stop() {
      await messages.close();
      await reading.catch(() => undefined);
    },
  };
}

async function problemOf(fact: MediaFact, sent: SentFile, objectsDir: string): Promise<Problem | undefined> {
  const { expected } = sent;
  if (fact.state === 'Gap') {
    if (expected.state === 'Gap' && fact.cause === expected.cause) return undefined;
    return { kind: 'unexpected-gap', what: `a gap ${fact.cause}` };
  }
  if (expected.state !== 'Stored') return { kind: 'wrong', what: 'stored, but WeCom never gave it' };
  const said = { sha256: fact.sha256, sizeBytes: fact.sizeBytes, claim: fact.claim };
  const right = { sha256: `sha256:${sent.sha256}`, sizeBytes: sent.sizeBytes, claim: expected.claim };
  if (JSON.stringify(said) !== JSON.stringify(right))
    return { kind: 'wrong', what: `${JSON.stringify(said)} instead of ${JSON.stringify(right)}` };
  const path = join(objectsDir, fact.objectKey ?? '');
  const stored = await hashOf(path);
  if (stored.sha256 !== sent.sha256 || stored.sizeBytes !== sent.sizeBytes)
    return {
      kind: 'wrong',
      what: `the stored object has ${stored.sizeBytes} bytes, sha256 ${stored.sha256}`,
    };
  if (sent.sizeBytes > DELETED_ABOVE_BYTES) await rm(path);
  return undefined;
}

async function hashOf(path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Buffer);
      sizeBytes += (chunk as Buffer).length;
    }
  } catch (error) {
    return { sha256: `unreadable: ${(error as NodeJS.ErrnoException).code}`, sizeBytes: -1 };
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
