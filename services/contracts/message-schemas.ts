// JSON Schemas of the message bodies, for ajv with type coercion: WeCom and the gateways before it write numbers as strings at times,
// and ids beyond 2^53 arrive as strings from the parser. Unknown properties are allowed everywhere: they are kept, not judged.
import type { KnownMsgtype } from './message.ts';

type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const number: Schema = { type: 'number' };
const flag: Schema = { type: 'boolean' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const body = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
});

const media = { sdkfileid: text, md5sum: text };
const recordItem = body({ type: text, content: text, msgtime: number, from_chatroom: flag }, [
  'type',
  'content',
]);
const span = { starttime: number, endtime: number };
const redpacket = body({ type: number, wish: text, totalcnt: number, totalamount: number });
const consent = body({ userid: text, agree_time: number, disagree_time: number }, ['userid']);

export const BODY_SCHEMAS: Record<KnownMsgtype, Schema> = {
  text: body({ content: text }, ['content']),
  image: body({ ...media, filesize: number }, ['sdkfileid']),
  revoke: body({ pre_msgid: text }, ['pre_msgid']),
  agree: consent,
  disagree: consent,
  voice: body({ ...media, voice_size: number, play_length: number }, ['sdkfileid']),
  video: body({ ...media, filesize: number, play_length: number }, ['sdkfileid']),
  card: body({ corpname: text, userid: text }),
  location: body({ longitude: number, latitude: number, address: text, title: text, zoom: number }),
  emotion: body({ ...media, type: number, width: number, height: number, imagesize: number }, ['sdkfileid']),
  file: body({ ...media, filename: text, fileext: text, filesize: number }, ['sdkfileid']),
  link: body({ title: text, description: text, link_url: text, image_url: text }),
  weapp: body({ title: text, description: text, username: text, displayname: text }),
  chatrecord: body({ title: text, item: list(recordItem) }, ['item']),
  todo: body({ title: text, content: text }),
  vote: body({ votetitle: text, voteitem: list(text), votetype: number, voteid: text }),
  collect: body({
    room_name: text,
    creator: text,
    create_time: text,
    title: text,
    details: list(body({ id: text, ques: text, type: text })),
  }),
  redpacket,
  external_redpacket: redpacket,
  meeting: body({
    ...span,
    topic: text,
    address: text,
    remarks: text,
    meetingtype: number,
    meetingid: text,
    status: number,
  }),
  meeting_notification: body({ meeting_id: text, notification_type: number, content: text }),
  docmsg: body({ title: text, doc_creator: text, link_url: text }),
  markdown: body({ content: text }, ['content']),
  news: body({ item: list(body({ title: text, description: text, url: text, picurl: text })) }, ['item']),
  calendar: body({
    ...span,
    title: text,
    creatorname: text,
    attendeename: list(text),
    place: text,
    remarks: text,
  }),
  mixed: body({ item: list(recordItem) }, ['item']),
  meeting_voice_call: body(
    {
      sdkfileid: text,
      endtime: number,
      demofiledata: list(body({ ...span, filename: text, demooperator: text })),
      sharescreendata: list(body({ ...span, share: text })),
    },
    ['sdkfileid'],
  ),
  voip_doc_share: body({ ...media, filename: text, filesize: number }, ['sdkfileid']),
  sphfeed: body({ feed_type: number, sph_name: text, feed_desc: text }),
  voiptext: body({ callduration: number, invitetype: number }),
  qydiskfile: body({ filename: text }),
};

/** Head of everything but `switch`. */
export const HEAD_SCHEMA: Schema = body(
  {
    msgid: { type: 'string', minLength: 1 },
    action: text,
    from: text,
    tolist: list(text),
    roomid: text,
    msgtime: number,
    msgtype: text,
  },
  ['msgid'],
);

/** Where the body lies when its key is not the msgtype (WeCom developer page p/91774). First key present wins. */
export const BODY_KEYS: Partial<Record<KnownMsgtype, readonly string[]>> = {
  docmsg: ['doc', 'docmsg'],
  markdown: ['info', 'markdown'],
  news: ['info', 'news'],
  voiptext: ['info', 'voiptext'],
  qydiskfile: ['info', 'qydiskfile'],
  meeting_notification: ['info', 'meeting_notification'],
  external_redpacket: ['redpacket', 'external_redpacket'],
  disagree: ['disagree', 'agree'],
};
