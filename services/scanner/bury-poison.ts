// What cannot be judged even alone becomes a dead letter: kept with the reason, visible, replayable. The dead letter is its record;
// there is no judgement of it, and who counts unjudged messages leaves dead ones out.
import { decodeCaptured } from '@menshen/contracts/captured-message';
import { type DeadLetter, type DeadLetterHead, encodeDeadLetter } from '@menshen/contracts/dead-letter';
import { saltedDigest } from '@menshen/contracts/digest';
import { captureStream, deadSubject } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';

export interface PoisonMessage {
  readonly payload: Uint8Array;
  readonly streamSequence: number;
}

/** Names the judged event, so that a message delivered again after its burial is not buried twice. */
const BURIED_HEADER = 'Menshen-Buried';

export interface BuryTools {
  readonly js: JetStreamClient;
  readonly corpId: string;
  /** 32 random bytes; used only where the message's own salt cannot be read. */
  readonly makeSalt: () => Buffer;
}

/** Publishes the dead letter unless it is there already. Rejects when that cannot be done: the message then waits. */
export async function buryPoison(tools: BuryTools, message: PoisonMessage, detail: string): Promise<void> {
  if (await isBuried(tools, message)) return;
  const meta = headers();
  meta.set(BURIED_HEADER, String(message.streamSequence));
  const letter = makeLetter(tools, message, detail);
  await tools.js.publish(deadSubject(tools.corpId, 'poison'), encodeDeadLetter(letter), { headers: meta });
}

async function isBuried({ js, corpId }: BuryTools, { streamSequence }: PoisonMessage): Promise<boolean> {
  let found = false;
  const from = { sequence: streamSequence + 1 };
  const tail = {
    stream: captureStream(corpId),
    subject: deadSubject(corpId, 'poison'),
    from,
    headersOnly: true,
  };
  await readTail(js, tail, (letter) => {
    found ||= letter.headers?.get(BURIED_HEADER) === String(streamSequence);
  });
  return found;
}

/** A letter must fit into a payload beside its frame; a message nearly that large is in the archive anyway. */
const MOST_LETTER_BYTES = 1_000_000;

function makeLetter(tools: BuryTools, message: PoisonMessage, detail: string): DeadLetter {
  const captured = open(message.payload);
  if (captured === undefined) return letterOfDamage(tools, message, detail);
  const { stamp, raw, envelope } = captured;
  const fits = raw.length + envelope.length <= MOST_LETTER_BYTES;
  const kept = stamp.body === undefined ? '' : `; bytes in object ${stamp.body.objectKey}`;
  const head: DeadLetterHead = {
    corpId: tools.corpId,
    seq: stamp.seq,
    msgid: stamp.msgid,
    publickeyVer: stamp.publickeyVer,
    reason: 'poison',
    detail: `cannot be judged (facts version ${stamp.facts.version}): ${detail}${kept}`,
    capturedAtMs: stamp.capturedAtMs,
    salt: stamp.salt,
    digest: saltedDigest(Buffer.from(stamp.salt, 'base64'), envelope),
  };
  return { head, raw: fits ? raw : Buffer.alloc(0), envelope: fits ? envelope : Buffer.alloc(0) };
}

/** The frame itself is broken: everything that came is kept as it came. */
function letterOfDamage(tools: BuryTools, message: PoisonMessage, detail: string): DeadLetter {
  const salt = tools.makeSalt();
  const envelope = Buffer.alloc(0);
  const head: DeadLetterHead = {
    corpId: tools.corpId,
    seq: '0',
    msgid: `stream:${message.streamSequence}`,
    publickeyVer: 0,
    reason: 'poison',
    detail: `not a captured message (${message.payload.length} bytes): ${detail}`,
    capturedAtMs: 0,
    salt: salt.toString('base64'),
    digest: saltedDigest(salt, envelope),
  };
  return { head, raw: message.payload.subarray(0, MOST_LETTER_BYTES), envelope };
}

function open(payload: Uint8Array): ReturnType<typeof decodeCaptured> | undefined {
  try {
    return decodeCaptured(payload);
  } catch {
    return undefined;
  }
}
