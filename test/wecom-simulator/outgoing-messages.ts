// Messages that others send through the simulated WeCom: group robots and applications. They are recorded, within WeCom's limits.
import { type Answer, failure, json } from './http-answer.ts';
import { type MinuteLimit, minuteLimit, type ProtocolErrors } from './request-rules.ts';

export interface SentMessage {
  readonly kind: 'robot' | 'application';
  /** The robot's key, or the application's agentid. */
  readonly by: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

export interface OutgoingMessages {
  sendByRobot(key: string | null, body: Readonly<Record<string, unknown>>, nowMs: number): Answer;
  sendByApplication(body: Readonly<Record<string, unknown>>, nowMs: number): Answer;
  list(): readonly SentMessage[];
}

/** WeCom developer page p/99110. */
const ROBOT_PER_MINUTE = 20;
const LIMIT_BYTES: Readonly<Record<string, number>> = { text: 2048, markdown: 4096, markdown_v2: 4096 };

export function createOutgoingMessages(errors: ProtocolErrors): OutgoingMessages {
  const sent: SentMessage[] = [];
  const limits = new Map<string, MinuteLimit>();

  const problemOf = (body: Readonly<Record<string, unknown>>): string | undefined => {
    const msgtype = String(body['msgtype'] ?? '');
    const limit = LIMIT_BYTES[msgtype];
    if (limit === undefined) return `msgtype ${msgtype} is not known here`;
    const content = (body[msgtype] as { content?: unknown } | undefined)?.content;
    if (typeof content !== 'string' || content === '') return `${msgtype}.content is missing`;
    return Buffer.byteLength(content) > limit
      ? `${msgtype}.content has ${Buffer.byteLength(content)} bytes, at most ${limit} are allowed`
      : undefined;
  };
  const refuse = (path: string, problem: string): Answer => {
    errors.add(path, problem);
    return { body: failure(40058, problem) };
  };

  return {
    sendByRobot(key, body, nowMs) {
      if (key === null || key === '') return { body: failure(93000, 'invalid webhook url') };
      const problem = problemOf(body);
      if (problem !== undefined) return refuse('/cgi-bin/webhook/send', problem);
      const limit = limits.get(key) ?? minuteLimit(ROBOT_PER_MINUTE);
      limits.set(key, limit);
      if (!limit.take(nowMs)) return { body: failure(45009, 'api freq out of limit') };
      sent.push({ kind: 'robot', by: key, body, atMs: nowMs });
      return { body: json({}) };
    },
    sendByApplication(body, nowMs) {
      const problem = body['agentid'] === undefined ? 'agentid is missing' : problemOf(body);
      if (problem !== undefined) return refuse('/cgi-bin/message/send', problem);
      sent.push({ kind: 'application', by: String(body['agentid']), body, atMs: nowMs });
      return { body: json({ invaliduser: '', msgid: `app-${sent.length}` }) };
    },
    list: () => sent,
  };
}
