// What the record was told about gaps: read back at start, so that a gap that is open goes on under its id, and ends when it ends.
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { decodeManifest } from '@menshen/contracts/page-manifest';
import { captureStream, pageSubject } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient } from '@nats-io/jetstream';

/** The newest record of every gap on the manifests that are still in the stream, oldest first. Rejects when the stream cannot be read. */
export async function recallGaps(js: JetStreamClient, corpId: string): Promise<CoverageGap[]> {
  const newest = new Map<string, CoverageGap>();
  const tail = { stream: captureStream(corpId), subject: pageSubject(corpId), from: { sequence: 1 } };
  await readTail(js, tail, (message) => {
    for (const gap of decodeManifest(message.data).gaps) {
      newest.delete(gap.id);
      newest.set(gap.id, gap);
    }
  });
  return [...newest.values()];
}
