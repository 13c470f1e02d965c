// What is written on a message when it is captured: who, where, in which direction, with whose consent, as known at that moment.
// Pure: the same message and directory give the same stamp, whatever the time and the machine.
import type {
  CaptureStamp,
  Consent,
  ConversationKind,
  Direction,
  Recipients,
  Sender,
} from '@menshen/contracts/captured-message';
import type { Decimal } from '@menshen/contracts/decimal';
import { saltedDigest } from '@menshen/contracts/digest';
import { listMedia } from '@menshen/contracts/media-reference';
import type { WeComMessage } from '@menshen/contracts/message';
import { partitionOf } from '@menshen/contracts/subjects';
import type { Directory } from './directory/directory.ts';
import { eventTimeMs } from './event-time.ts';

export interface Capture {
  readonly corpId: string;
  readonly seq: Decimal;
  readonly publickeyVer: number;
  readonly message: WeComMessage;
  /** Exact decrypted bytes. */
  readonly raw: Buffer;
  /** 32 random bytes. */
  readonly salt: Buffer;
  readonly capturedAtMs: number;
  readonly mediaEnabled: boolean;
}

export function stampMessage(capture: Capture, directory: Directory): CaptureStamp {
  const { message } = capture;
  const sender = directory.participant(message.from);
  const recipients = recipientsOf(message.tolist, directory);
  const conversationKind: ConversationKind = message.roomid === '' ? 'Direct' : 'Group';
  const conversationId = conversationKind === 'Group' ? message.roomid : directConversation(message);
  const eventTime = eventTimeMs(message.msgid, message.msgtime);
  const consent = consentOf({ message, sender, recipients, atMs: eventTime }, directory);
  return {
    corpId: capture.corpId,
    seq: capture.seq,
    msgid: message.msgid,
    msgtype: message.msgtype === 'unknown' ? message.wireType : message.msgtype,
    publickeyVer: capture.publickeyVer,
    capturedAtMs: capture.capturedAtMs,
    eventTimeMs: eventTime,
    conversationId,
    conversationKind,
    partition: partitionOf(conversationId),
    direction: directionOf({ message, sender, recipients }, directory),
    sender,
    recipients,
    directoryVersion: directory.version,
    consent,
    quarantined: isQuarantined(message, sender, consent),
    salt: capture.salt.toString('base64'),
    digest: saltedDigest(capture.salt, capture.raw),
    facts: {
      version: 0,
      media: [],
      pending: capture.mediaEnabled && listMedia(message).length > 0 ? ['media'] : [],
    },
  };
}

/** `direct:` + the sorted pair. A `switch` event has one participant only, and its own conversation. */
function directConversation(message: WeComMessage): string {
  const [to = ''] = message.tolist;
  if (to === '' || message.from === '') return `direct:${message.from}${to}`;
  return message.from < to ? `direct:${message.from}:${to}` : `direct:${to}:${message.from}`;
}

function recipientsOf(ids: readonly string[], directory: Directory): Recipients {
  const [only, ...others] = ids;
  if (only === undefined || others.length > 0) return sumRecipients(ids, directory);
  // The directory keeps one object for each participant until anything changes, and so may we.
  const recipient = directory.participant(only);
  const known = aloneAs.get(recipient);
  if (known !== undefined) return known;
  const alone = sumRecipients(ids, directory);
  aloneAs.set(recipient, alone);
  return alone;
}

const aloneAs = new WeakMap<Sender, Recipients>();

function sumRecipients(ids: readonly string[], directory: Directory): Recipients {
  const sum = { Staff: 0, External: 0, Robot: 0, Unknown: 0 };
  const departments: string[] = [];
  for (const id of ids) {
    const recipient = directory.participant(id);
    sum[recipient.kind]++;
    for (const department of recipient.departments)
      if (!departments.includes(department)) departments.push(department);
  }
  return {
    staff: sum.Staff,
    external: sum.External,
    robot: sum.Robot,
    unknown: sum.Unknown,
    departments: departments.sort(),
  };
}

interface Participants {
  readonly message: WeComMessage;
  readonly sender: Sender;
  readonly recipients: Recipients;
}

/**
 * External sender → Inbound; staff (or a robot of ours) with any external recipient or group member → Outbound; else Internal.
 * When it is not known who all the others are, the msgid's mark for conversations with outsiders decides, else Unknown.
 */
function directionOf(of: Participants, directory: Directory): Direction {
  const { message, sender, recipients } = of;
  if (sender.kind === 'External') return 'Inbound';
  if (sender.kind === 'Unknown') return 'Unknown';
  const group = message.roomid === '' ? undefined : directory.get('Group', message.roomid);
  const members = group?.resolved === true ? directory.membersOf(message.roomid).size : 0;
  if (recipients.external > 0 || (members > 0 && directory.hasOutsider(message.roomid))) return 'Outbound';
  if (WITH_OUTSIDER.test(message.msgid)) return 'Outbound';
  const isKnown = recipients.unknown === 0 && recipients.staff + recipients.robot + members > 0;
  return isKnown ? 'Internal' : 'Unknown';
}

/** Conversations with outsiders, and with corporations up or down the chain (WeCom developer page p/91774). */
const WITH_OUTSIDER = /_(external|updown_stream)$/;

/**
 * An external sender's own consent; for a message of ours the consent of the one contact it goes to. In a group each contact answers
 * for what that contact writes, so a message of ours needs none.
 */
function consentOf(of: Participants & { readonly atMs: number }, directory: Directory): Consent {
  const { message, sender, recipients, atMs } = of;
  if (sender.kind === 'External') return directory.consent(placeOf(message), sender.id, atMs);
  const [only] = message.tolist;
  if (recipients.external === 0 || message.roomid !== '' || only === undefined) return 'NotRequired';
  return directory.consent(message.from, only, atMs);
}

/** A customer's content after `disagree`. Their agree and disagree themselves are statements, not content. */
function isQuarantined(message: WeComMessage, sender: Sender, consent: Consent): boolean {
  const isStatement = message.msgtype === 'agree' || message.msgtype === 'disagree';
  return sender.kind === 'External' && consent === 'Disagreed' && !isStatement;
}

/** Where a contact's consent counts: in the group, or with the one member spoken to. */
export function placeOf(message: WeComMessage): string {
  return message.roomid === '' ? (message.tolist[0] ?? '') : message.roomid;
}
