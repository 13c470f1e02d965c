import { describe, expect, it } from 'vitest';
import { listMedia } from './media-reference.ts';
import type { KnownMsgtype } from './message.ts';
import { BODY_SCHEMAS } from './message-schemas.ts';
import { parseMessage } from './parse-message.ts';
import { openItems } from './record-items.ts';

const HEAD = {
  msgid: '730011_1764000000001_external',
  action: 'send',
  from: 'lihua',
  tolist: ['wmAbC'],
  roomid: '',
  msgtime: 1764000000001,
};
const bytes = (json: unknown): Uint8Array =>
  Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
const parsed = (json: unknown) => {
  const result = parseMessage(bytes(json));
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return result.message;
};

/** One sample of every documented type, with the body under the key WeCom uses (wecom developer page p/91774). */
const SAMPLES: Record<KnownMsgtype, Record<string, unknown>> = {
  text: { text: { content: '合同明天寄出' } },
  image: { image: { md5sum: '0f', filesize: 70961, sdkfileid: 'CtY' } },
  revoke: { action: 'recall', revoke: { pre_msgid: '730010_1763999990000_external' } },
  agree: { agree: { userid: 'wmAbC', agree_time: 1764000000001 } },
  disagree: { disagree: { userid: 'wmAbC', disagree_time: 1764000000001 } },
  voice: { voice: { md5sum: 'aa', voice_size: 6810, play_length: 10, sdkfileid: 'x' } },
  video: { video: { md5sum: 'aa', filesize: 15169724, play_length: 108, sdkfileid: 'x' } },
  card: { card: { corpname: '微信联系人', userid: 'wmXyz' } },
  location: { location: { longitude: 121.47, latitude: 31.23, address: 'a', title: 't', zoom: 15 } },
  emotion: { emotion: { type: 1, width: 290, height: 290, imagesize: 962604, md5sum: 'aa', sdkfileid: 'x' } },
  file: { file: { md5sum: 'aa', filename: '报价.docx', fileext: 'docx', filesize: 18181, sdkfileid: 'x' } },
  link: { link: { title: 't', description: 'd', link_url: 'https://a', image_url: 'https://b' } },
  weapp: { weapp: { title: 't', description: 'd', username: 'gh_1234@app', displayname: '某小程序' } },
  chatrecord: {
    chatrecord: {
      title: '群聊的聊天记录',
      item: [
        { type: 'ChatRecordText', msgtime: 1764000000, content: '{"content":"hi"}', from_chatroom: false },
      ],
    },
  },
  todo: { todo: { title: 't', content: 'c' } },
  vote: { vote: { votetitle: '团建', voteitem: ['山', '海'], votetype: 101, voteid: 'v1764' } },
  collect: {
    collect: {
      room_name: '一群',
      creator: 'lihua',
      create_time: '2026-11-24 11:21:22',
      title: '报名',
      details: [{ id: 1, ques: '姓名', type: 'Text' }],
    },
  },
  redpacket: { redpacket: { type: 1, wish: '恭喜', totalcnt: 10, totalamount: 3000 } },
  external_redpacket: { redpacket: { type: 1, wish: '恭喜', totalcnt: 2, totalamount: 20 } },
  meeting: {
    meeting: {
      topic: '夕会',
      starttime: 1764003600,
      endtime: 1764007200,
      address: 'a',
      remarks: 'r',
      meetingtype: 102,
      meetingid: 1210342560,
      status: 1,
    },
  },
  meeting_notification: { info: { meeting_id: '9', notification_type: 3 } },
  docmsg: { doc: { title: '客户清单', doc_creator: 'lihua', link_url: 'https://doc.weixin.qq.com/x' } },
  markdown: { info: { content: '**告警**' } },
  news: { info: { item: [{ title: 't', description: 'd', url: 'https://a', picurl: 'https://b' }] } },
  calendar: {
    calendar: {
      title: '复盘',
      creatorname: 'l',
      attendeename: ['a', 'b'],
      starttime: 1,
      endtime: 2,
      place: 'p',
      remarks: 'r',
    },
  },
  mixed: { mixed: { item: [{ type: 'text', content: '{"content":"看图"}' }] } },
  meeting_voice_call: {
    voiceid: 'grb8',
    meeting_voice_call: {
      endtime: 1764001000,
      sdkfileid: 'x',
      demofiledata: [{ filename: 'a.docx' }],
      sharescreendata: [{ share: 'wo1' }],
    },
  },
  voip_doc_share: {
    voipid: 'gr27',
    voip_doc_share: { filename: 'a.pdf', md5sum: 'aa', filesize: 4400654, sdkfileid: 'x' },
  },
  sphfeed: { sphfeed: { feed_type: 4, sph_name: '某号', feed_desc: 'd' } },
  voiptext: { info: { callduration: 9, invitetype: 2 } },
  qydiskfile: { info: { filename: '账单.xlsx' } },
};

describe('parsing one message', () => {
  it.each(Object.entries(SAMPLES))('reads %s as itself, with its body', (msgtype, fields) => {
    const message = parsed({ ...HEAD, msgtype, ...fields });
    expect(message.msgtype).toBe(msgtype);
    const body = 'body' in message ? message.body : undefined;
    const wireBody = Object.entries(fields).find(([key]) => key !== 'action' && !key.endsWith('id'))?.[1];
    expect(Object.keys(body ?? {})).toEqual(Object.keys(wireBody as object));
  });

  it('has a schema for every type and no other', () => {
    expect(Object.keys(BODY_SCHEMAS).toSorted()).toEqual(Object.keys(SAMPLES).toSorted());
  });

  it('keeps ids beyond 2^53 exact, and makes small ones decimals too', () => {
    const raw = JSON.stringify({ ...HEAD, msgtype: 'meeting', meeting: { meetingid: 0 } });
    expect(parsed(raw.replace('"meetingid":0', '"meetingid":9223372036854775809'))).toMatchObject({
      body: { meetingid: '9223372036854775809' },
    });
    expect(parsed(raw.replace('"meetingid":0', '"meetingid":1210342560'))).toMatchObject({
      body: { meetingid: '1210342560' },
    });
  });

  it('accepts numbers written as strings', () => {
    const message = parsed({
      ...HEAD,
      msgtime: '1764000000001',
      msgtype: 'image',
      image: { sdkfileid: 'x', filesize: '70961' },
    });
    expect(message).toMatchObject({ msgtime: 1764000000001, body: { filesize: 70961 } });
  });

  it('accepts the other body keys seen in the field', () => {
    expect(
      parsed({ ...HEAD, msgtype: 'external_redpacket', external_redpacket: { wish: 'w' } }),
    ).toMatchObject({ msgtype: 'external_redpacket', body: { wish: 'w' } });
    expect(parsed({ ...HEAD, msgtype: 'disagree', agree: { userid: 'wm', agree_time: 5 } })).toMatchObject({
      msgtype: 'disagree',
      body: { userid: 'wm' },
    });
  });

  it('keeps an undocumented type and its fields raw', () => {
    const message = parsed({ ...HEAD, msgtype: 'solitaire', solitaire: { title: '接龙', 人数: 3 } });
    expect(message).toMatchObject({
      msgtype: 'unknown',
      wireType: 'solitaire',
      raw: { solitaire: { title: '接龙', 人数: 3 } },
    });
  });

  it('keeps unknown fields of a known body', () => {
    expect(parsed({ ...HEAD, msgtype: 'text', text: { content: 'a', mood: 'calm' } })).toMatchObject({
      body: { mood: 'calm' },
    });
  });

  it('keeps a known type with a malformed body as unknown, saying which field, without its content', () => {
    const message = parsed({ ...HEAD, msgtype: 'text', text: { content: { secret: '保本' } } });
    expect(message).toMatchObject({
      msgtype: 'unknown',
      wireType: 'text',
      fault: 'text/content must be string',
    });
    expect(message.msgtype === 'unknown' ? message.fault : '').not.toContain('保本');
  });

  it('reads a switch, which has neither sender nor conversation', () => {
    expect(parsed({ msgid: '1252', action: 'switch', time: 1764000000001, user: 'lihua' })).toMatchObject({
      msgtype: 'switch',
      user: 'lihua',
      from: 'lihua',
      tolist: [],
      msgtime: 1764000000001,
    });
  });

  it.each([
    ['a broken tail', '{"msgid":"1"', 'not-json'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not-json'],
    ['nothing', '', 'not-json'],
    ['a list', '[]', 'invalid-message'],
    ['null', 'null', 'invalid-message'],
    ['no msgid', '{"msgtype":"text"}', 'invalid-message'],
    ['an empty msgid', '{"msgid":"","msgtype":"text"}', 'invalid-message'],
    ['a tolist that is not a list', '{"msgid":"1","tolist":{"a":1}}', 'invalid-message'],
  ])('refuses %s with a reason', (_what, input, reason) => {
    expect(parseMessage(typeof input === 'string' ? bytes(input) : input)).toMatchObject({
      ok: false,
      reason,
    });
  });
});

describe('forwarded records', () => {
  const text = (content: string) => ({
    type: 'ChatRecordText',
    msgtime: 1,
    content: JSON.stringify({ content }),
  });

  it('opens nested records to any depth WeCom shows, with a path for each item', () => {
    const inner = { type: 'chatrecord', content: JSON.stringify({ title: 'inner', item: [text('deep')] }) };
    const opened = openItems([text('top'), inner], 'chatrecord');
    expect(opened.map((item) => [item.path, item.type])).toEqual([
      ['chatrecord.item[0]', 'text'],
      ['chatrecord.item[1]', 'chatrecord'],
      ['chatrecord.item[1].item[0]', 'text'],
    ]);
  });

  it('keeps an item whose content is not JSON', () => {
    expect(openItems([{ type: 'ChatRecordText', content: 'not json' }], 'chatrecord')).toMatchObject([
      { body: undefined, content: 'not json' },
    ]);
  });

  it('stops at a depth bomb instead of following it', () => {
    let item = text('bottom');
    for (let i = 0; i < 12; i++)
      item = { type: 'chatrecord', msgtime: 1, content: JSON.stringify({ item: [item] }) };
    expect(openItems([item], 'chatrecord')).toHaveLength(8);
  });

  it('finds media at every level, with what WeCom claims of them', () => {
    const image = {
      type: 'ChatRecordImage',
      content: JSON.stringify({ sdkfileid: 'K1', md5sum: 'aa', filesize: 3 }),
    };
    const nested = {
      type: 'chatrecord',
      content: JSON.stringify({
        item: [{ type: 'ChatRecordFile', content: JSON.stringify({ sdkfileid: 'K2', filename: 'a.exe' }) }],
      }),
    };
    const media = listMedia(
      parsed({ ...HEAD, msgtype: 'chatrecord', chatrecord: { item: [text('x'), image, nested] } }),
    );
    expect(media).toEqual([
      {
        path: 'chatrecord.item[1]',
        kind: 'image',
        sdkfileid: 'K1',
        md5sum: 'aa',
        sizeBytes: 3,
        filename: '',
      },
      {
        path: 'chatrecord.item[2].item[0]',
        kind: 'file',
        sdkfileid: 'K2',
        md5sum: '',
        sizeBytes: undefined,
        filename: 'a.exe',
      },
    ]);
  });
});
