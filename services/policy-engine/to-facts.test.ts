// Every message type gives its texts, with the path to each, and its sizes; ids and credentials never become text.
import type { CaptureStamp } from '@menshen/contracts/captured-message';
import type { KnownMsgtype } from '@menshen/contracts/message';
import { parseMessage } from '@menshen/contracts/parse-message';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { toFacts } from './to-facts.ts';

const stamp: CaptureStamp = {
  corpId: 'ww1',
  seq: '7',
  msgid: 'm7',
  msgtype: 'text',
  publickeyVer: 1,
  capturedAtMs: 1000,
  eventTimeMs: 900,
  conversationId: 'wr1',
  conversationKind: 'Group',
  partition: 3,
  direction: 'Inbound',
  sender: { id: 'wm1', kind: 'External', name: 'Li', departments: [] },
  recipients: { staff: 2, external: 1, robot: 0, unknown: 0, departments: ['Acme/Sales'] },
  directoryVersion: 4,
  consent: 'Agreed',
  quarantined: false,
  salt: '',
  digest: 'sha256:d',
  facts: { version: 2, media: [], pending: [] },
};

const head = {
  msgid: 'm7',
  action: 'send',
  from: 'wm1',
  tolist: ['zhang', 'wang', 'wm2'],
  roomid: 'wr1',
  msgtime: 900,
};

function factsOf(
  msgtype: string,
  fields: Record<string, unknown>,
  facts: Partial<CaptureStamp['facts']> = {},
) {
  const parsed = parseMessage(Buffer.from(JSON.stringify({ ...head, msgtype, ...fields })));
  if (!parsed.ok) throw new Error(parsed.detail);
  return toFacts({ ...stamp, facts: { ...stamp.facts, ...facts } }, parsed.message);
}

/** `path=text` of every text. */
const textsOf = (msgtype: string, fields: Record<string, unknown>): string[] =>
  factsOf(msgtype, fields).texts.map(({ path, text }) => `${path}=${text}`);

const item = (type: string, content: unknown) => ({ type, msgtime: 1, content: JSON.stringify(content) });

/** One message of every documented type, in WeCom's own form, and the texts it must give. */
const EVERY_TYPE: Record<KnownMsgtype, [fields: Record<string, unknown>, texts: string[]]> = {
  text: [{ text: { content: '保本' } }, ['text.content=保本']],
  image: [{ image: { sdkfileid: 'K', md5sum: 'M', filesize: 5 } }, []],
  revoke: [{ revoke: { pre_msgid: 'P' } }, []],
  agree: [{ agree: { userid: 'wm1', agree_time: 1 } }, []],
  disagree: [{ disagree: { userid: 'wm1', disagree_time: 1 } }, []],
  voice: [{ voice: { sdkfileid: 'K', md5sum: 'M', voice_size: 5, play_length: 1 } }, []],
  video: [{ video: { sdkfileid: 'K', md5sum: 'M', filesize: 5, play_length: 1 } }, []],
  card: [{ card: { corpname: 'Acme', userid: 'wm9' } }, ['card.corpname=Acme']],
  location: [
    { location: { longitude: 1, latitude: 2, address: '中环', title: '大厦' } },
    ['location.title=大厦', 'location.address=中环'],
  ],
  emotion: [{ emotion: { type: 1, sdkfileid: 'K', md5sum: 'M', imagesize: 5 } }, []],
  file: [
    { file: { sdkfileid: 'K', md5sum: 'M', filename: '报价.pdf', fileext: 'pdf', filesize: 5 } },
    ['file.filename=报价.pdf'],
  ],
  link: [
    { link: { title: 'T', description: 'D', link_url: 'https://a.cn', image_url: 'https://i' } },
    ['link.title=T', 'link.description=D', 'link.link_url=https://a.cn'],
  ],
  weapp: [
    { weapp: { title: 'T', description: 'D', username: 'gh_1', displayname: 'N' } },
    ['weapp.title=T', 'weapp.description=D', 'weapp.displayname=N'],
  ],
  chatrecord: [
    { chatrecord: { title: 'T', item: [item('ChatRecordText', { content: '你好' })] } },
    ['chatrecord.title=T', 'chatrecord.item[0].content=你好'],
  ],
  todo: [{ todo: { title: 'T', content: 'C' } }, ['todo.title=T', 'todo.content=C']],
  vote: [
    { vote: { votetitle: 'T', voteitem: ['A', 'B'], votetype: 101, voteid: 'V' } },
    ['vote.votetitle=T', 'vote.voteitem[0]=A', 'vote.voteitem[1]=B'],
  ],
  collect: [
    {
      collect: {
        room_name: 'R',
        creator: 'zhang',
        title: 'T',
        details: [{ id: '1', ques: 'Q', type: 'Text' }],
      },
    },
    ['collect.room_name=R', 'collect.title=T', 'collect.details[0].ques=Q'],
  ],
  redpacket: [{ redpacket: { type: 1, wish: '恭喜', totalcnt: 1, totalamount: 2 } }, ['redpacket.wish=恭喜']],
  external_redpacket: [{ redpacket: { type: 1, wish: '恭喜' } }, ['external_redpacket.wish=恭喜']],
  meeting: [
    { meeting: { topic: 'T', address: 'A', remarks: 'R', meetingid: '1' } },
    ['meeting.topic=T', 'meeting.address=A', 'meeting.remarks=R'],
  ],
  meeting_notification: [{ info: { meeting_id: '1', content: 'C' } }, ['meeting_notification.content=C']],
  docmsg: [
    { doc: { title: 'T', doc_creator: 'zhang', link_url: 'https://d' } },
    ['docmsg.title=T', 'docmsg.link_url=https://d'],
  ],
  markdown: [{ info: { content: '# C' } }, ['markdown.content=# C']],
  news: [
    { info: { item: [{ title: 'T', description: 'D', url: 'https://n', picurl: 'https://p' }] } },
    ['news.item[0].title=T', 'news.item[0].description=D', 'news.item[0].url=https://n'],
  ],
  calendar: [
    { calendar: { title: 'T', creatorname: 'N', attendeename: ['A'], place: 'P', remarks: 'R' } },
    [
      'calendar.title=T',
      'calendar.place=P',
      'calendar.remarks=R',
      'calendar.creatorname=N',
      'calendar.attendeename[0]=A',
    ],
  ],
  mixed: [
    { mixed: { item: [item('text', { content: '甲' }), item('image', { sdkfileid: 'K' })] } },
    ['mixed.item[0].content=甲'],
  ],
  meeting_voice_call: [
    {
      voiceid: 'V',
      meeting_voice_call: {
        sdkfileid: 'K',
        endtime: 1,
        demofiledata: [{ filename: 'F.ppt', demooperator: 'zhang' }],
      },
    },
    ['meeting_voice_call.demofiledata[0].filename=F.ppt'],
  ],
  voip_doc_share: [
    { voipid: 'V', voip_doc_share: { sdkfileid: 'K', filename: 'F.doc', filesize: 5 } },
    ['voip_doc_share.filename=F.doc'],
  ],
  sphfeed: [
    { sphfeed: { feed_type: 4, sph_name: 'N', feed_desc: 'D' } },
    ['sphfeed.sph_name=N', 'sphfeed.feed_desc=D'],
  ],
  voiptext: [{ info: { callduration: 1, invitetype: 2 } }, []],
  qydiskfile: [{ info: { filename: 'F.xls' } }, ['qydiskfile.filename=F.xls']],
};

describe('a message of type', () => {
  test.each(Object.entries(EVERY_TYPE))('%s', (msgtype, [fields, texts]) => {
    const facts = factsOf(msgtype, fields);
    expect(facts.messageType).toBe(msgtype);
    expect(facts.texts.map(({ path, text }) => `${path}=${text}`)).toEqual(texts);
  });
});

describe('a forwarded record', () => {
  test.each<[string, unknown[], string[]]>([
    [
      'of texts and files',
      [
        item('ChatRecordText', { content: '甲' }),
        item('ChatRecordFile', { filename: 'a.pdf', sdkfileid: 'K' }),
      ],
      ['chatrecord.item[0].content=甲', 'chatrecord.item[1].filename=a.pdf'],
    ],
    [
      'inside a record',
      [item('chatrecord', { title: 'N', item: [item('ChatRecordText', { content: '乙' })] })],
      ['chatrecord.item[0].title=N', 'chatrecord.item[0].item[0].content=乙'],
    ],
    [
      'with an item of an unknown type',
      [item('ChatRecordNew', { note: '丙', sdkfileid: 'K', deep: [{ more: '丁' }] })],
      ['chatrecord.item[0].note=丙', 'chatrecord.item[0].deep[0].more=丁'],
    ],
    [
      'with content that is no JSON',
      [{ type: 'ChatRecordText', content: '裸文字' }],
      ['chatrecord.item[0].content=裸文字'],
    ],
  ])('%s', (_, items, texts) => {
    expect(textsOf('chatrecord', { chatrecord: { item: items } })).toEqual(texts);
  });
});

describe('a message of an unknown type', () => {
  it('gives every string but ids and credentials', () => {
    const body = {
      title: '保本',
      parts: [{ text: '收益' }, '', 7, null],
      sdkfileid: 'KEY',
      inner: { aeskey: 'KEY', md5sum: 'M' },
    };
    expect(textsOf('hologram', { hologram: body })).toEqual([
      'hologram.title=保本',
      'hologram.parts[0].text=收益',
    ]);
    expect(factsOf('hologram', { hologram: body }).messageType).toBe('unknown');
  });

  it('may be nested and wide at will', () => {
    let deep: unknown = '底';
    for (let level = 0; level < 3000; level++) deep = [deep];
    expect(factsOf('hologram', { hologram: deep }).texts.map(({ text }) => text)).toEqual(['底']);
    expect(factsOf('hologram', { hologram: Array.from({ length: 200_000 }, () => 'x') }).texts).toHaveLength(
      200_000,
    );
  });

  it('is what a documented type with a malformed body becomes', () => {
    expect(textsOf('text', { text: { words: '保本' } })).toEqual(['text.words=保本']);
  });
});

it('whatever the JSON, there are facts', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('text', 'chatrecord', 'news', 'hologram', 'file'),
      fc.jsonValue(),
      (msgtype, body) => {
        const facts = factsOf(msgtype, { [msgtype]: body, info: body });
        for (const { path, text } of facts.texts) {
          expect(path).not.toBe('');
          expect(text).not.toBe('');
        }
      },
    ),
  );
});

describe('sizes', () => {
  const file = { file: { sdkfileid: 'K', md5sum: 'M', filename: 'a.pdf', filesize: 5 } };
  const medium = { path: 'file', state: 'Stored' as const };
  test.each([
    ['as claimed', {}, [{ path: 'file', sizeBytes: 5 }]],
    ['as measured, where it was', { media: [{ ...medium, sizeBytes: 9 }] }, [{ path: 'file', sizeBytes: 9 }]],
    [
      'as claimed for a gap',
      { media: [{ ...medium, state: 'Gap' as const }] },
      [{ path: 'file', sizeBytes: 5 }],
    ],
  ])('%s', (_, facts, expected) => {
    expect(factsOf('file', file, facts).media).toEqual(expected);
  });

  it('inside a record, by path; none where none is known', () => {
    const items = [
      item('ChatRecordFile', { sdkfileid: 'K', filesize: 7 }),
      item('ChatRecordImage', { sdkfileid: 'K' }),
    ];
    expect(factsOf('chatrecord', { chatrecord: { item: items } }).media).toEqual([
      { path: 'chatrecord.item[0]', sizeBytes: 7 },
    ]);
  });
});

it('carries over what was stamped', () => {
  expect(factsOf('text', { text: { content: '好' } })).toEqual({
    corpId: 'ww1',
    msgid: 'm7',
    seq: '7',
    messageType: 'text',
    conversationId: 'wr1',
    conversationKind: 'Group',
    direction: 'Inbound',
    sender: { id: 'wm1', kind: 'External', departments: [] },
    recipients: {
      ids: ['zhang', 'wang', 'wm2'],
      staff: 2,
      external: 1,
      robot: 0,
      unknown: 0,
      departments: ['Acme/Sales'],
    },
    texts: [{ path: 'text.content', text: '好' }],
    media: [],
    stickers: [],
    recent: [],
    models: [],
    capturedAtMs: 1000,
    eventTimeMs: 900,
    messageDigest: 'sha256:d',
    factsVersion: 2,
  });
});
