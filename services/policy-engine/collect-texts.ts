// Every text of a message that a person wrote or reads, with the path to it. Ids, keys and checksums are left out: `sdkfileid` is a
// credential and must not come into evidence, and the others only make false hits.

import type { KnownMsgtype, WeComMessage } from '@menshen/contracts/message';
import { isKnown } from '@menshen/contracts/parse-message';
import { type OpenedItem, openItems } from '@menshen/contracts/record-items';
import { collectStrings } from './collect-strings.ts';
import type { TextFact } from './facts.ts';

/** Total over the union: a type added to the contract does not compile until it stands here. `[]` goes through a list. */
const TEXT_FIELDS: Readonly<Record<KnownMsgtype, readonly string[]>> = {
  text: ['content'],
  image: [],
  revoke: [],
  agree: [],
  disagree: [],
  voice: [],
  video: [],
  card: ['corpname'],
  location: ['title', 'address'],
  emotion: [],
  file: ['filename'],
  link: ['title', 'description', 'link_url'],
  weapp: ['title', 'description', 'displayname'],
  chatrecord: ['title'],
  todo: ['title', 'content'],
  vote: ['votetitle', 'voteitem[]'],
  collect: ['room_name', 'title', 'details[].ques'],
  redpacket: ['wish'],
  external_redpacket: ['wish'],
  meeting: ['topic', 'address', 'remarks'],
  meeting_notification: ['content'],
  docmsg: ['title', 'link_url'],
  markdown: ['content'],
  news: ['item[].title', 'item[].description', 'item[].url'],
  calendar: ['title', 'place', 'remarks', 'creatorname', 'attendeename[]'],
  mixed: [],
  meeting_voice_call: ['demofiledata[].filename'],
  voip_doc_share: ['filename'],
  sphfeed: ['sph_name', 'feed_desc'],
  voiptext: [],
  qydiskfile: ['filename'],
};

/** In order of appearance. Never throws; empty texts are left out. */
export function collectTexts(message: WeComMessage): TextFact[] {
  switch (message.msgtype) {
    case 'switch':
      return [];
    case 'unknown':
      return collectStrings(message.raw, '', HEAD_FIELDS);
    case 'chatrecord':
    case 'mixed':
      return [
        ...readFields(message.body, message.msgtype, TEXT_FIELDS[message.msgtype]),
        ...openItems(message.body.item, message.msgtype).flatMap(readItem),
      ];
    default:
      return readFields(message.body, message.msgtype, TEXT_FIELDS[message.msgtype]);
  }
}

/** Ids of the head, which are facts of their own. */
const HEAD_FIELDS: ReadonlySet<string> = new Set([
  'msgid',
  'action',
  'from',
  'tolist',
  'roomid',
  'msgtype',
  'msgtime',
]);

/** Nested records are opened as items of their own, so an item of a record gives only its title here. */
function readItem(item: OpenedItem): TextFact[] {
  if (item.body === undefined) return readText(item.content, `${item.path}.content`);
  if (isKnown(item.type)) return readFields(item.body, item.path, TEXT_FIELDS[item.type]);
  const { item: nested, ...own } = item.body;
  return collectStrings(Array.isArray(nested) ? own : item.body, item.path, NO_FIELDS);
}

const NO_FIELDS: ReadonlySet<string> = new Set();

function readFields(body: object, path: string, fields: readonly string[]): TextFact[] {
  return fields.flatMap((field) => readField(body, path, field.split('.')));
}

function readField(value: unknown, path: string, steps: readonly string[]): TextFact[] {
  const [step, ...rest] = steps;
  if (step === undefined) return readText(value, path);
  if (typeof value !== 'object' || value === null) return [];
  const name = step.replace('[]', '');
  const field = (value as Readonly<Record<string, unknown>>)[name];
  if (name === step) return readField(field, `${path}.${name}`, rest);
  if (!Array.isArray(field)) return [];
  return field.flatMap((element, index) => readField(element, `${path}.${name}[${index}]`, rest));
}

function readText(value: unknown, path: string): TextFact[] {
  return typeof value === 'string' && value !== '' ? [{ path, text: value }] : [];
}
