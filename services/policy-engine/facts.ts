// All that a policy may ask about a message. Evaluation reads nothing else: no clock, no directory, no store.
import type { ConversationKind, Direction, ParticipantKind } from '@menshen/contracts/captured-message';
import type { Decimal } from '@menshen/contracts/decimal';
import type { Digest } from '@menshen/contracts/digest';
import type { KnownMsgtype } from '@menshen/contracts/message';
import type { ModelAnswer } from '@menshen/contracts/model-answer';

/** Types a policy can name; `unknown` stands for every type that is not documented. */
export type MessageType = KnownMsgtype | 'switch' | 'unknown';

export interface MessageFacts {
  readonly corpId: string;
  readonly msgid: string;
  readonly seq: Decimal;
  readonly messageType: MessageType;
  readonly conversationId: string;
  readonly conversationKind: ConversationKind;
  readonly direction: Direction;
  readonly sender: SenderFacts;
  readonly recipients: RecipientFacts;
  /** Every text of the message, in order of appearance. */
  readonly texts: readonly TextFact[];
  /** Every file whose size is known, measured or claimed. */
  readonly media: readonly SizeFact[];
  /** Every sticker (表情), in order of appearance. */
  readonly stickers: readonly StickerFact[];
  /** For each window that policies ask about; empty where it is not known. */
  readonly recent: readonly RecentFact[];
  /** What model servers have said of the texts, as far as they were asked and answered. */
  readonly models: readonly ModelAnswer[];
  readonly capturedAtMs: number;
  readonly eventTimeMs: number;
  readonly messageDigest: Digest;
  /** Version of the derived facts (`DerivedFacts.version`). */
  readonly factsVersion: number;
}

export interface SenderFacts {
  readonly id: string;
  readonly kind: ParticipantKind;
  /** Paths from the root. Empty for staff means: not known. */
  readonly departments: readonly string[];
}

/** Recipients in sum, as they are stamped on the capture, and their ids. */
export interface RecipientFacts {
  readonly ids: readonly string[];
  readonly staff: number;
  readonly external: number;
  readonly robot: number;
  readonly unknown: number;
  /** Distinct department paths of staff recipients. */
  readonly departments: readonly string[];
}

export interface TextFact {
  /** `text.content`, `chatrecord.item[3].content`, `file.filename` … */
  readonly path: string;
  readonly text: string;
}

export interface SizeFact {
  /** `file`, `chatrecord.item[3]` … */
  readonly path: string;
  readonly sizeBytes: number;
}

/** What WeCom says of a sticker. What it shows, nobody says. */
export interface StickerFact {
  /** `emotion`, `chatrecord.item[3]` … */
  readonly path: string;
  /** MD5 of its picture as WeCom claims it, lower case; empty when not claimed. */
  readonly md5: string;
  readonly format: 'Gif' | 'Png' | 'Unknown';
}

/** How much the sender has written to the conversation lately. */
export interface RecentFact {
  readonly withinSeconds: number;
  /** Messages within the window that ends with this one, this one included. */
  readonly messages: number;
  /** The same as it was at the sender's message before; 0 when that lies outside the window. */
  readonly before: number;
}
