// A message of a file that a person hands to a command, and a line that is none.
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

/** Checks the fields of one message, from JSON or from the columns of a table. */
export function toMessage(fields: Readonly<Record<string, unknown>>, line: number): ReadMessage {
  const { id = String(line), from, to, text, time, direction, conversation, type } = fields;
  const problems: [boolean, string, string][] = [
    [typeof text !== 'string', 'text is not a text', 'give every message its text: {"text":"…"}'],
    [!isName(id), 'id is not a text or a number', 'leave it out, and the number of the line is taken'],
    [from !== undefined && !isName(from), 'from is not a text', 'name the sender, or leave it out'],
    [!isRecipients(to), 'to is neither a text nor a list of texts', 'name the recipients, or leave it out'],
    [
      time !== undefined && readTime(time) === undefined,
      'time is no time',
      'write RFC 3339, such as 2026-11-24T09:00:00Z, or milliseconds since 1970',
    ],
    [!isOneOf(DIRECTIONS, direction), 'direction is unknown', `use one of ${DIRECTIONS.join(', ')}`],
    [
      !isOneOf(CONVERSATIONS, conversation),
      'conversation is unknown',
      `use one of ${CONVERSATIONS.join(', ')}`,
    ],
    [
      type !== undefined && typeof type !== 'string',
      'type is not a text',
      'use a WeCom message type, such as text',
    ],
  ];
  const wrong = problems.find(([isWrong]) => isWrong);
  if (wrong !== undefined) return { ok: false, bad: { line, reason: wrong[1], remedy: wrong[2] } };
  const timeMs = time === undefined ? undefined : readTime(time);
  return {
    ok: true,
    message: {
      line,
      id: String(id),
      to: to === undefined ? [] : Array.isArray(to) ? (to as string[]) : [to as string],
      text: text as string,
      ...(from !== undefined && { from: String(from) }),
      ...(timeMs !== undefined && { timeMs }),
      ...(direction !== undefined && { direction: direction as NonNullable<FileMessage['direction']> }),
      ...(conversation !== undefined && {
        conversation: conversation as NonNullable<FileMessage['conversation']>,
      }),
      ...(type !== undefined && { type: type as NonNullable<FileMessage['type']> }),
    },
  };
}

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
