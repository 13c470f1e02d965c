// A message of a file that a person hands to a command, and a line that is none.
import { isMd5 } from '@menshen/policy-engine/detectors/sticker/sticker-list';
import type { TestMessage } from '@menshen/policy-engine/policy-spec';

export interface FileMessage {
  /** 1-based, where the message begins in its file. */
  readonly line: number;
  /** As the file says, else the number of the line. */
  readonly id: string;
  readonly from?: string;
  readonly to: readonly string[];
  readonly text: string;
  /** UTC ms; absent when the file does not say. */
  readonly timeMs?: number;
  /** What else a policy may ask about; absent = not known, which matches every scope. */
  readonly direction?: NonNullable<TestMessage['direction']>;
  readonly conversation?: NonNullable<TestMessage['conversation']>;
  readonly type?: NonNullable<TestMessage['type']>;
  /** Id of the group; absent = the conversation is told by who writes to whom. */
  readonly room?: string;
  /** MD5 of the sticker that the message is, lower case. */
  readonly sticker?: string;
}

export interface BadLine {
  readonly line: number;
  readonly reason: string;
  readonly remedy: string;
}

export type ReadMessage =
  | { readonly ok: true; readonly message: FileMessage }
  | { readonly ok: false; readonly bad: BadLine };

const DIRECTIONS = ['Internal', 'Inbound', 'Outbound', 'Unknown'] as const;
const CONVERSATIONS = ['Direct', 'Group'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** Checks the fields of one message, from JSON or from the columns of a table. */
export function toMessage(fields: Fields, line: number): ReadMessage {
  const wrong = CHECKS.find(([isRight]) => !isRight(fields));
  if (wrong !== undefined) return { ok: false, bad: { line, reason: wrong[1], remedy: wrong[2] } };
  const { id = String(line), text = '', to = [], from, time, room, sticker } = fields;
  const timeMs = time === undefined ? undefined : readTime(time);
  return {
    ok: true,
    message: {
      line,
      id: String(id),
      to: Array.isArray(to) ? (to as string[]) : [to as string],
      text: text as string,
      ...(from !== undefined && { from: String(from) }),
      ...(timeMs !== undefined && { timeMs }),
      ...(room !== undefined && { room: String(room) }),
      ...(sticker !== undefined && { sticker: String(sticker).toLowerCase() }),
      ...chosen(fields),
    },
  };
}

/** Fields with a few values, checked before. */
function chosen({ direction, conversation, type }: Fields): Partial<FileMessage> {
  return {
    ...(direction !== undefined && { direction: direction as NonNullable<FileMessage['direction']> }),
    ...(conversation !== undefined && {
      conversation: conversation as NonNullable<FileMessage['conversation']>,
    }),
    ...(type !== undefined && { type: type as NonNullable<FileMessage['type']> }),
  };
}

/** What must hold, the reason when it does not, and what to do. A sticker needs no text. */
const CHECKS: readonly [isRight: (fields: Fields) => boolean, reason: string, remedy: string][] = [
  [
    ({ text, sticker }) => typeof text === 'string' || (text === undefined && sticker !== undefined),
    'text is not a text',
    'give every message its text: {"text":"…"}',
  ],
  [
    ({ id }) => isMissingOr(isName, id),
    'id is not a text or a number',
    'leave it out, and the number of the line is taken',
  ],
  [({ from }) => isMissingOr(isName, from), 'from is not a text', 'name the sender, or leave it out'],
  [
    ({ to }) => isRecipients(to),
    'to is neither a text nor a list of texts',
    'name the recipients, or leave it out',
  ],
  [
    ({ time }) => isMissingOr((value) => readTime(value) !== undefined, time),
    'time is no time',
    'write RFC 3339, such as 2026-11-24T09:00:00Z, or milliseconds since 1970',
  ],
  [
    ({ direction }) => isOneOf(DIRECTIONS, direction),
    'direction is unknown',
    `use one of ${DIRECTIONS.join(', ')}`,
  ],
  [
    ({ conversation }) => isOneOf(CONVERSATIONS, conversation),
    'conversation is unknown',
    `use one of ${CONVERSATIONS.join(', ')}`,
  ],
  [
    ({ type }) => isMissingOr((value) => typeof value === 'string', type),
    'type is not a text',
    'use a WeCom message type, such as text',
  ],
  [({ room }) => isMissingOr(isName, room), 'room is not a text', 'name the group, or leave it out'],
  [
    ({ sticker }) => isMissingOr((value) => typeof value === 'string' && isMd5(value), sticker),
    'sticker is no MD5',
    'give the 32 hex digits of its md5sum, or leave it out',
  ],
];

const isMissingOr = (holds: (value: unknown) => boolean, value: unknown): boolean =>
  value === undefined || holds(value);

const isName = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';

const isRecipients = (value: unknown): boolean =>
  value === undefined ||
  typeof value === 'string' ||
  (Array.isArray(value) && value.every((one) => typeof one === 'string'));

const isOneOf = (known: readonly string[], value: unknown): boolean =>
  value === undefined || known.includes(value as string);

function readTime(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value : Date.parse(String(value));
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}
