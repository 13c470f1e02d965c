// The tenant's streams must be there before anything reads them. Ingest and archiver can make them, because they can ask the archive where a
// lost stream has to go on; the others wait for that.
import type { RoleConfig } from '@menshen/contracts/role-config';
import { captureStream, outcomeStream } from '@menshen/contracts/subjects';
import { ensureStreams, findStream } from '@menshen/jetstream/ensure-streams';
import { sequenceAbove } from '@menshen/jetstream/stream-configs';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Archive } from './ask-archive.ts';

export interface StreamPreparation {
  readonly config: RoleConfig;
  readonly jsm: JetStreamManager;
  /** Absent in a process that has no ClickHouse role: it waits. */
  readonly archive: Archive | undefined;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
}

const RETRY_MS = 500;

/** Resolves when both streams exist, or when the process stops. Outages are waited for; a stream with dangerous settings rejects. */
export async function prepareStreams(preparation: StreamPreparation): Promise<void> {
  for (let tries = 0; !preparation.isStopping(); tries++) {
    const why = await attempt(preparation);
    if (why === undefined) return;
    if (tries % 20 === 1) preparation.logger.warn({ why }, 'waiting for the streams of the tenant');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** `undefined` when the streams are there, else why not yet. */
async function attempt({ config, jsm, archive }: StreamPreparation): Promise<string | undefined> {
  try {
    if (await bothExist(jsm, config.corpId)) return undefined;
    if (archive === undefined) return 'ingest or archiver has not made them yet';
    await makeStreams({ config, jsm, archive });
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.message.includes('exists with other settings')) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Makes the streams where they are missing, their sequences above everything archived. Rejects while the archive cannot be asked. */
export async function makeStreams({
  config,
  jsm,
  archive,
}: Pick<StreamPreparation, 'config' | 'jsm'> & { archive: Archive }): Promise<void> {
  const { captureSequence, outcomeSequence } = await archive.cursor();
  await ensureStreams(jsm, {
    corpId: config.corpId,
    replicas: config.nats.replicas,
    maxStreamBytes: config.nats.maxStreamBytes,
    firstSequence: { capture: sequenceAbove(captureSequence), outcome: sequenceAbove(outcomeSequence) },
  });
}

async function bothExist(jsm: JetStreamManager, corpId: string): Promise<boolean> {
  const streams = await Promise.all([
    findStream(jsm, captureStream(corpId)),
    findStream(jsm, outcomeStream(corpId)),
  ]);
  return streams.every((stream) => stream !== undefined);
}
