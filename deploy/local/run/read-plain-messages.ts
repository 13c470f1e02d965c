// A file of one's own text to judge: one JSON object a line. Bad lines are named with number and reason; good lines go on.

/** A plain message: who wrote what to whom, and when. */
export interface PlainMessage {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  /** UTC milliseconds. */
  readonly timeMs: number;
}

export interface BadLine {
  /** 1-based. */
  readonly line: number;
  readonly reason: string;
}

export interface PlainMessages {
  readonly messages: readonly PlainMessage[];
  readonly bad: readonly BadLine[];
}

/** Parses NDJSON with `id`, `from`, `to` (a text or a list), `text` and `time` (RFC 3339, or epoch milliseconds). Empty lines are skipped. */
export function readPlainMessages(file: string): PlainMessages {
  const messages: PlainMessage[] = [];
  const bad: BadLine[] = [];
  const lineOfId = new Map<string, number>();
  for (const [at, text] of file
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (text.trim() === '') continue;
    const line = at + 1;
    const read = readLine(text);
    if (typeof read === 'string') bad.push({ line, reason: read });
    else if (lineOfId.has(read.id))
      bad.push({
        line,
        reason: `the id ${JSON.stringify(read.id)} is that of line ${lineOfId.get(read.id)}`,
      });
    else {
      lineOfId.set(read.id, line);
      messages.push(read);
    }
  }
  return { messages, bad };
}

function readLine(text: string): PlainMessage | string {
  const fields = parse(text);
  if (typeof fields === 'string') return fields;
  const { id, from, to, text: content, time } = fields;
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(id))
    return 'id must be a text of 1 to 128 printable ASCII characters without spaces';
  if (typeof from !== 'string' || from === '') return 'from must be a text that names the sender';
  const recipients = Array.isArray(to) ? to : [to];
  if (recipients.length === 0 || !recipients.every((one) => typeof one === 'string' && one !== ''))
    return 'to must be a text that names the recipient, or a list of such';
  if (typeof content !== 'string') return 'text must be a text';
  const timeMs = typeof time === 'number' ? time : Date.parse(String(time));
  if (!Number.isSafeInteger(timeMs) || timeMs < 0)
    return 'time must be RFC 3339, such as 2026-11-24T09:00:00Z, or milliseconds since 1970';
  return { id, from, to: recipients as string[], text: content, timeMs };
}

function parse(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
    return 'not a JSON object';
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
