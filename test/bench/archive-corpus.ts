// Events for the archive benchmark: pages of short Chinese messages as capture leaves them, and the scanner's judgements of them.
import { randomBytes } from 'node:crypto';
import { type CaptureStamp, encodeCaptured } from '@menshen/contracts/captured-message';
import { contentDigest, saltedDigest } from '@menshen/contracts/digest';
import { encodeJudgements, type Finding, findingId, type Judgement } from '@menshen/contracts/finding';
import { encodeManifest, PAGE_LIMIT } from '@menshen/contracts/page-manifest';
import { findingSubject, messageSubject, pageSubject, partitionOf } from '@menshen/contracts/subjects';
import type { JsMsg } from '@nats-io/jetstream';

export const CORP = 'bench';
const T0 = 1_764_000_000_000;
const CONVERSATIONS = 2_000;
const JUDGEMENTS_PER_BATCH = 500;
/** One message in so many breaks a rule. */
const ONE_FINDING_IN = 50;
const PHRASES = [
  '合同明天寄出',
  '请查收附件',
  '下周一开会',
  '客户说价格太高',
  '好的',
  '收到，谢谢',
  '这个产品历史收益不错',
];

/**
 * Events of a stream, kept as bytes: messages become objects only when they are handed out, as a stream's do. Held as a hundred thousand objects
 * they would make the garbage collector's work the largest part of what is measured.
 */
export class EventLog {
  readonly #subjects: string[] = [];
  readonly #ends: number[] = [];
  #bytes = Buffer.allocUnsafe(1024 * 1024);

  get length(): number {
    return this.#ends.length;
  }

  add(subject: string, payload: Uint8Array): void {
    const from = this.#ends.at(-1) ?? 0;
    const end = from + payload.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, from);
      this.#bytes = larger;
    }
    this.#bytes.set(payload, from);
    this.#subjects.push(subject);
    this.#ends.push(end);
  }

  /** Events by place, the first is 0; stream sequences begin with 1. */
  slice(from: number, to: number): JsMsg[] {
    const last = Math.min(to, this.length);
    return Array.from({ length: Math.max(0, last - from) }, (_, index) => {
      const at = from + index;
      const data = this.#bytes.subarray(this.#ends[at - 1] ?? 0, this.#ends[at]);
      return { seq: at + 1, subject: this.#subjects[at], data } as unknown as JsMsg;
    });
  }
}

/** Events of the capture stream, in order: manifests and their messages. */
export function buildCapture(messages: number): EventLog {
  const events = new EventLog();
  let previousSequence = 0;
  for (let from = 1, page = 1; from <= messages; from += PAGE_LIMIT, page++) {
    const seqs = Array.from({ length: Math.min(PAGE_LIMIT, messages - from + 1) }, (_, i) => from + i);
    const manifest = encodeManifest({
      corpId: CORP,
      kind: 'Pull',
      page: String(page),
      fromSeq: String(from - 1),
      cursor: String(from + seqs.length - 1),
      messageSeqs: seqs.map(String),
      deadSeqs: [],
      pulledAtMs: T0,
      previousSequence,
      engine: 'Simulator',
      directoryVersion: 1,
      pageDigest: contentDigest(String(page)),
      gaps: [],
      directory: [],
    });
    previousSequence = events.length + 1;
    events.add(pageSubject(CORP), manifest);
    for (const seq of seqs) {
      const { stamp, payload } = message(seq);
      events.add(messageSubject(CORP, stamp.partition, 'text'), payload);
    }
  }
  return events;
}

/** Judgement batches about the same messages. */
export function buildOutcomes(messages: number): EventLog {
  const events = new EventLog();
  for (let from = 1; from <= messages; from += JUDGEMENTS_PER_BATCH) {
    const judgements: Judgement[] = [];
    for (let seq = from; seq < from + JUDGEMENTS_PER_BATCH && seq <= messages; seq++)
      judgements.push(judgement(seq));
    const payload = encodeJudgements({
      corpId: CORP,
      policySetDigest: contentDigest('set'),
      engineVersion: '1',
      judgements,
    });
    events.add(findingSubject(CORP), payload);
  }
  return events;
}

const msgidOf = (seq: number): string => `7300${seq}_${T0 + seq}_external`;
const conversationOf = (seq: number): string => `direct:lihua:wm${seq % CONVERSATIONS}`;

function message(seq: number): { stamp: CaptureStamp; payload: Buffer } {
  const conversationId = conversationOf(seq);
  const msgid = msgidOf(seq);
  const content = `${PHRASES[seq % PHRASES.length]}，${PHRASES[(seq * 7) % PHRASES.length]} ${seq}`;
  const raw = Buffer.from(
    JSON.stringify({
      msgid,
      action: 'send',
      from: 'lihua',
      tolist: [`wm${seq % CONVERSATIONS}`],
      roomid: '',
      msgtime: T0 + seq,
      msgtype: 'text',
      text: { content },
    }),
  );
  const salt = randomBytes(32);
  const stamp: CaptureStamp = {
    corpId: CORP,
    seq: String(seq),
    msgid,
    msgtype: 'text',
    publickeyVer: 1,
    capturedAtMs: T0 + seq,
    eventTimeMs: T0 + seq,
    conversationId,
    conversationKind: 'Direct',
    partition: partitionOf(conversationId),
    direction: 'Outbound',
    sender: { id: 'lihua', kind: 'Staff', name: '李华', departments: ['Acme/Sales/East'] },
    recipients: { staff: 0, external: 1, robot: 0, unknown: 0, departments: [] },
    directoryVersion: 1,
    consent: 'Agreed',
    quarantined: false,
    salt: salt.toString('base64'),
    digest: saltedDigest(salt, raw),
    facts: { version: 0, media: [], pending: [] },
  };
  const envelope = Buffer.from(
    JSON.stringify({
      seq,
      msgid,
      publickey_ver: 1,
      encrypt_random_key: randomBytes(256).toString('base64'),
      encrypt_chat_msg: randomBytes(raw.length).toString('base64'),
    }),
  );
  return { stamp, payload: encodeCaptured({ stamp, raw, envelope }) };
}

function judgement(seq: number): Judgement {
  const msgid = msgidOf(seq);
  return {
    seq: String(seq),
    msgid,
    streamSequence: seq,
    factsVersion: 0,
    state: 'Judged',
    capturedAtMs: T0 + seq,
    judgedAtMs: T0 + seq + 20,
    pending: [],
    findings: seq % ONE_FINDING_IN === 0 ? [finding(seq, msgid)] : [],
  };
}

function finding(seq: number, msgid: string): Finding {
  const policy = { namespace: 'acme', name: 'no-guaranteed-return' };
  const text = '历史收益';
  return {
    id: findingId({ corpId: CORP, msgid, namespace: policy.namespace, policy: policy.name, rule: 'promise' }),
    corpId: CORP,
    msgid,
    seq: String(seq),
    conversationId: conversationOf(seq),
    conversationKind: 'Direct',
    direction: 'Outbound',
    senderId: 'lihua',
    eventTimeMs: T0 + seq,
    policy,
    rule: 'promise',
    severity: 'High',
    mode: 'Enforce',
    channels: [],
    evidence: [
      {
        path: 'text.content',
        start: 4,
        end: 8,
        text,
        seen: text,
        view: 'Folded',
        condition: 'any[0].keywords.terms[0]',
      },
    ],
    policyDigest: contentDigest('policy'),
    lexiconDigests: [],
    engineVersion: '1',
    factsVersion: 0,
    messageDigest: contentDigest(msgid),
    capturedAtMs: T0 + seq,
  };
}
