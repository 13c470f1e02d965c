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
  const recipients = sumRecipients(message.tolist, directory);
  const conversationKind: ConversationKind = message.roomid === '' ? 'Direct' : 'Group';
  const conversationId = conversationKind === 'Group' ? message.roomid : directConversation(message);
  const eventTime = eventTimeMs(message.msgid, message.msgtime);
  const { consent, quarantined } = consentOf(
    { message, sender, eventTimeMs: eventTime, recipients },
    directory,
  );
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
    direction: directionOf(sender, recipients),
    sender,
    recipients,
    directoryVersion: directory.version,
    consent,
    quarantined,
    salt: capture.salt.toString('base64'),
    digest: saltedDigest(capture.salt, capture.raw),
    facts: {
      version: 0,
      media: [],
      pending: capture.mediaEnabled && listMedia(message).length > 0 ? ['media'] : [],
    },
  };
}

function directConversation(message: WeComMessage): string {
  return `direct:${[message.from, ...message.tolist.slice(0, 1)]
    .filter((id) => id !== '')
    .sort()
    .join(':')}`;
}

function sumRecipients(ids: readonly string[], directory: Directory): Recipients {
  const sum = { Staff: 0, External: 0, Robot: 0, Unknown: 0 };
  const departments = new Set<string>();
  for (const id of ids) {
    const recipient = directory.participant(id);
    sum[recipient.kind]++;
    for (const department of recipient.departments) departments.add(department);
  }
  return {
    staff: sum.Staff,
    external: sum.External,
    robot: sum.Robot,
    unknown: sum.Unknown,
    departments: [...departments].sort(),
  };
}

/** External sender → Inbound; staff sender with an external recipient → Outbound; else Internal. Nobody known to receive → Unknown. */
function directionOf(sender: Sender, recipients: Recipients): Direction {
  if (sender.kind === 'External') return 'Inbound';
  if (sender.kind === 'Unknown') return 'Unknown';
  if (recipients.external > 0) return 'Outbound';
  const known = recipients.staff + recipients.robot;
  return known === 0 || recipients.unknown > 0 ? 'Unknown' : 'Internal';
}

interface ConsentQuestion {
  readonly message: WeComMessage;
  readonly sender: Sender;
  readonly eventTimeMs: number;
  readonly recipients: Recipients;
}

/** A customer's content after `disagree` is quarantined. Their agree and disagree themselves are statements, not content. */
function consentOf(of: ConsentQuestion, directory: Directory): { consent: Consent; quarantined: boolean } {
  const { message, sender } = of;
  if (sender.kind !== 'External')
    return {
      consent: of.recipients.external === 0 ? 'NotRequired' : consentOfRecipients(message, directory),
      quarantined: false,
    };
  const { state, changedAtMs } = directory.consent(placeOf(message), sender.id);
  const statement = message.msgtype === 'agree' || message.msgtype === 'disagree';
  return {
    consent: state,
    quarantined: state === 'Disagreed' && !statement && of.eventTimeMs >= changedAtMs,
  };
}

function consentOfRecipients(message: WeComMessage, directory: Directory): Consent {
  if (message.roomid !== '') return 'Unknown';
  const [external] = message.tolist;
  return external === undefined ? 'Unknown' : directory.consent(message.from, external).state;
}

/** Where a contact's consent counts: in the group, or with the one member spoken to. */
export function placeOf(message: WeComMessage): string {
  return message.roomid === '' ? (message.tolist[0] ?? '') : message.roomid;
}
