// A robot of a WeCom group (消息推送, WeCom developer page p/99110): markdown of at most 4096 bytes, at most 20 messages a minute for each robot.
// The robot has no idempotency key: after a crash between sending and writing it down, the group sees that one notice twice.
import type { Notice, NoticeItem } from '@menshen/contracts/compliance-alert';
import type { MakeChannel, SendOutcome } from './channel.ts';
import { postJson } from './post-json.ts';

const MOST_MARKDOWN_BYTES = 4096;
const MESSAGES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;

export const makeWeComRobot: MakeChannel = (config, tools) => {
  const { urlFile } = config;
  if (urlFile === undefined) throw new Error(`channel ${config.name} is a WeComRobot without urlFile`);
  return {
    name: config.name,
    // One at a time: the group shows notices in the order of the findings.
    limits: { concurrent: 1, perMinute: MESSAGES_PER_MINUTE },
    async send(notice) {
      const outcome = await postJson({
        fetch: tools.fetch,
        url: await tools.readSecret(urlFile),
        body: JSON.stringify({ msgtype: 'markdown', markdown: { content: writeMarkdown(notice) } }),
        nowMs: tools.clock.nowMs(),
      });
      return outcome.kind === 'Answered' ? judgeAnswer(outcome.text) : outcome;
    },
  };
};

/** Over the rate (45009), too many at once (45033) or WeCom itself busy (-1): global error codes, WeCom developer page p/90313. */
const LATER_CODES = new Map([
  [45009, MINUTE_MS],
  [45033, 1_000],
  [-1, 1_000],
]);

/** WeCom answers 200 in any case; `errcode` says what happened. Its `errmsg` repeats the request and is not kept. */
export function judgeAnswer(text: string): SendOutcome {
  const errcode = readErrcode(text);
  if (errcode === undefined) return { kind: 'Later', detail: 'the answer is not JSON with an errcode' };
  if (errcode === 0) return { kind: 'Delivered' };
  const retryAfterMs = LATER_CODES.get(errcode);
  const detail = `errcode ${errcode}`;
  return retryAfterMs === undefined ? { kind: 'Refused', detail } : { kind: 'Later', detail, retryAfterMs };
}

function readErrcode(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const errcode =
      typeof answer === 'object' && answer !== null && 'errcode' in answer ? answer.errcode : undefined;
    return typeof errcode === 'number' ? errcode : undefined;
  } catch {
    return undefined;
  }
}

/** The notice as WeCom markdown, as many findings as fit into 4096 bytes; what does not fit is counted. */
export function writeMarkdown(notice: Notice): string {
  const head = [
    `**合规告警 ${notice.severity}** · ${notice.items.length} 项`,
    `> 策略 policy: ${plain(notice.policy)}`,
    `> 会话 conversation: ${plain(notice.conversationId)}`,
    `> 通知 notice: ${notice.id}`,
  ].join('\n');
  const lines: string[] = [];
  let left = MOST_MARKDOWN_BYTES - Buffer.byteLength(head) - ROOM_FOR_REST;
  for (const item of notice.items) {
    const line = `\n${lineOf(item)}`;
    left -= Buffer.byteLength(line);
    if (left < 0) break;
    lines.push(line);
  }
  const rest = notice.items.length - lines.length;
  return head + lines.join('') + (rest === 0 ? '' : `\n… 另有 ${rest} 项 (and ${rest} more)`);
}

const ROOM_FOR_REST = 64;

function lineOf(item: NoticeItem): string {
  const excerpt = item.excerpt === undefined ? '' : ` ${plain(item.excerpt)}`;
  return `- ${plain(item.rule)} · ${plain(item.msgid)} · ${item.findingId}${excerpt}`;
}

/** Message text must not mention people, make links or break the layout of the notice it appears in. */
function plain(text: string): string {
  return text
    .slice(0, 300)
    .replace(/[\r\n]+/g, ' ')
    .replace(/[<>[\]`*]/g, (sign) => FULL_WIDTH[sign] ?? '');
}

const FULL_WIDTH: Readonly<Record<string, string>> = {
  '<': '＜',
  '>': '＞',
  '[': '［',
  ']': '］',
  '`': '｀',
  '*': '＊',
};
