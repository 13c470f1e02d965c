// The searchable text of a message: every string a person wrote or reads in it, joined by newlines. Keys, hashes and ids are left out.
import type { WeComMessage } from '@menshen/contracts/message';
import { openItems } from '@menshen/contracts/record-items';

/** Fields of WeCom's bodies (developer page p/91774) that no one searches; `sdkfileid` is a credential and must not be copied. */
const NOT_TEXT = new Set([
  'sdkfileid',
  'md5sum',
  'pre_msgid',
  'userid',
  'voteid',
  'meetingid',
  'meeting_id',
  'fileext',
  'type',
  'create_time',
  'image_url',
  'picurl',
]);

/** Deeper than any documented body; what is deeper is in the raw bytes. */
const MAX_DEPTH = 6;

export function textOf(message: WeComMessage): string {
  const texts: string[] = [];
  switch (message.msgtype) {
    case 'switch':
      break;
    case 'unknown': {
      // The head's fields are columns of their own.
      const { msgid, action, from, tolist, roomid, msgtime, msgtype, ...rest } = message.raw;
      collect(rest, texts, 0);
      break;
    }
    case 'chatrecord':
    case 'mixed': {
      const { item, ...rest } = message.body;
      collect(rest, texts, 0);
      for (const opened of openItems(item, message.msgtype)) {
        if (opened.body === undefined) texts.push(opened.content);
        else collect({ ...opened.body, item: undefined }, texts, 0);
      }
      break;
    }
    default:
      collect(message.body, texts, 0);
  }
  return texts.join('\n');
}

function collect(value: unknown, texts: string[], depth: number): void {
  if (typeof value === 'string' && value !== '') texts.push(value);
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return;
  for (const [key, entry] of Object.entries(value)) if (!NOT_TEXT.has(key)) collect(entry, texts, depth + 1);
}
