// From what was captured to rows. A function of the event alone, so that a rebuild from segments gives the same rows.

import type { Row } from '@menshen/clickhouse/row-binary';
import type { CapturedMessage, CaptureStamp, MediaFact } from '@menshen/contracts/captured-message';
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { DeadLetter } from '@menshen/contracts/dead-letter';
import type { WeComMessage } from '@menshen/contracts/message';
import type { PageManifest } from '@menshen/contracts/page-manifest';
import { parseMessage } from '@menshen/contracts/parse-message';
import { textOf } from './message-text.ts';
import type { RowBatch } from './row-batch.ts';

/** Where an event lies in the record. */
export interface Place {
  readonly streamSequence: number;
  readonly segment: string;
}

export function addPageRows(batch: RowBatch, place: Place, manifest: PageManifest): void {
  const { page, kind, fromSeq, cursor, previousSequence, engine, directoryVersion, pageDigest } = manifest;
  batch.add('pages', {
    ...place,
    page,
    kind,
    fromSeq,
    cursor,
    messageCount: manifest.messageSeqs.length,
    deadCount: manifest.deadSeqs.length,
    pulledAt: manifest.pulledAtMs,
    previousSequence,
    engine,
    directoryVersion,
    pageDigest,
    coveredUntil: manifest.coveredUntilMs ?? 0,
  });
  for (const gap of manifest.gaps) batch.add('coverage_gaps', gapRow(place, page, gap));
  for (const fact of manifest.directory) {
    const { kind, id, version, deleted } = fact;
    const name = 'name' in fact ? fact.name : '';
    batch.add('directory', {
      ...place,
      kind,
      id,
      version,
      deleted,
      name,
      validFrom: fact.validFromMs,
      observedAt: fact.observedAtMs,
      fact: JSON.stringify(fact),
    });
  }
}

function gapRow(place: Place, page: string, gap: CoverageGap): Row {
  const { id, cause, state, subject, fromMs, toMs, fromSeq, toSeq, detectedAtMs, source, detail } = gap;
  return {
    ...place,
    page,
    gapId: id,
    cause,
    state,
    subjectKind: subject.kind,
    subjectId: subject.id,
    subjectPlace: subject.place,
    fromTime: fromMs ?? null,
    toTime: toMs ?? null,
    fromSeq: fromSeq ?? null,
    toSeq: toSeq ?? null,
    detectedAt: detectedAtMs,
    source,
    detail,
  };
}

/** The message as a row, and as a recall where it is one. `conflict`: its msgid is known with other bytes. */
export function addMessageRows(
  batch: RowBatch,
  place: Place,
  { message, conflict }: { readonly message: CapturedMessage; readonly conflict: boolean },
): void {
  const { stamp, raw } = message;
  const parsed = parseMessage(raw);
  const content = parsed.ok ? parsed.message : undefined;
  batch.add('messages', messageRow(place, stamp, { raw, content, conflict }));
  if (content?.msgtype === 'revoke')
    batch.add('recalls', {
      ...captured(place, stamp),
      recalledMsgid: content.body.pre_msgid,
      conversationId: stamp.conversationId,
      senderId: stamp.sender.id,
      eventTime: stamp.eventTimeMs,
      capturedAt: stamp.capturedAtMs,
    });
}

interface Content {
  readonly raw: Uint8Array;
  readonly content: WeComMessage | undefined;
  readonly conflict: boolean;
}

function messageRow(place: Place, stamp: CaptureStamp, { raw, content, conflict }: Content): Row {
  const { sender, recipients } = stamp;
  return {
    ...captured(place, stamp),
    msgtype: stamp.msgtype,
    eventTime: stamp.eventTimeMs,
    capturedAt: stamp.capturedAtMs,
    conversationId: stamp.conversationId,
    conversationKind: stamp.conversationKind,
    direction: stamp.direction,
    senderId: sender.id,
    senderKind: sender.kind,
    senderName: sender.name,
    senderDepartments: sender.departments,
    recipients: content?.tolist ?? [],
    recipientStaff: recipients.staff,
    recipientExternal: recipients.external,
    recipientRobot: recipients.robot,
    recipientUnknown: recipients.unknown,
    recipientDepartments: recipients.departments,
    text: content === undefined ? '' : textOf(content),
    raw,
    publickeyVer: stamp.publickeyVer,
    digest: stamp.digest,
    directoryVersion: stamp.directoryVersion,
    consent: stamp.consent,
    quarantined: stamp.quarantined,
    conflict: conflict ? 1 : 0,
    partition: stamp.partition,
  };
}

/** The same bytes again under another seq. */
export function addRedeliveryRow(
  batch: RowBatch,
  place: Place,
  { stamp, firstSeq }: { readonly stamp: CaptureStamp; readonly firstSeq: string },
): void {
  const { digest, capturedAtMs } = stamp;
  batch.add('redeliveries', { ...captured(place, stamp), firstSeq, digest, capturedAt: capturedAtMs });
}

export function addDeadLetterRow(batch: RowBatch, place: Place, letter: DeadLetter): void {
  const { head, raw, envelope } = letter;
  batch.add('dead_letters', {
    ...captured(place, head),
    reason: head.reason,
    detail: head.detail,
    publickeyVer: head.publickeyVer,
    capturedAt: head.capturedAtMs,
    digest: head.digest,
    rawBase64: Buffer.from(raw).toString('base64'),
    envelope,
  });
}

/** What lies on the stream and is no event of ours: visible beside the dead letters. It has no seq, so its position names it. */
export function addUnreadableRow(batch: RowBatch, place: Place, data: Uint8Array): void {
  batch.add('dead_letters', {
    ...place,
    seq: '0',
    msgid: `stream:${place.streamSequence}`,
    reason: 'poison',
    detail: `not an event of the capture stream, ${data.length} bytes`,
    rawBase64: Buffer.from(data).toString('base64'),
  });
}

/** Links and gaps of a message's files as far as they are known with this facts version. */
export function addMediaRows(batch: RowBatch, place: Place, stamp: CaptureStamp): void {
  const factsVersion = stamp.facts.version;
  for (const medium of stamp.facts.media) {
    const { path, sha256, sizeBytes, objectKey, claim } = medium;
    const of = { ...captured(place, stamp), path, factsVersion };
    if (medium.state === 'Stored') batch.add('media_links', { ...of, sha256, sizeBytes, objectKey, claim });
    else batch.add('media_gaps', { ...of, ...gapOfMedium(medium) });
  }
}

function gapOfMedium({ cause = '', final = false, detectedAtMs = 0 }: MediaFact): Row {
  return { cause, final, detectedAt: detectedAtMs };
}

function captured(place: Place, of: { readonly seq: string; readonly msgid: string }): Row {
  return {
    seq: of.seq,
    msgid: of.msgid,
    streamSequence: place.streamSequence,
    segment: place.segment,
  };
}
