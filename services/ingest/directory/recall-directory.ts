// What the record was told about the directory: read back at start, so that only differences are told again and deletions are noticed.
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import { decodeManifest } from '@menshen/contracts/page-manifest';
import { captureStream, pageSubject } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient } from '@nats-io/jetstream';

/** The newest version of every fact on the manifests that are still in the stream, and every consent. Rejects when the stream cannot be read. */
export async function recallDirectory(js: JetStreamClient, corpId: string): Promise<DirectoryFact[]> {
  const newest = new Map<string, DirectoryFact>();
  const tail = { stream: captureStream(corpId), subject: pageSubject(corpId), from: { sequence: 1 } };
  await readTail(js, tail, (message) => {
    for (const fact of decodeManifest(message.data).directory)
      newest.set(`${fact.kind}\0${fact.id}${fact.kind === 'Consent' ? `\0${fact.version}` : ''}`, fact);
  });
  return [...newest.values()];
}
