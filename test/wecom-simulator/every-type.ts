// Messages of every documented type but text, with media whose bytes and digests are real. None of them breaks a policy.

import type { MediaShelf, ShelvedMedia } from './media-shelf.ts';
import { fillSlots } from './plain-talk.ts';
import type { SeededRandom } from './seeded-random.ts';
import { amrFile, exeFile, filler, gifFile, mp4File, pdfFile, pngFile, zipFile } from './small-files.ts';
import { bigNumber, type Draft } from './write-message.ts';

export interface TypedMessage extends Draft {
  /** path → sha256 hex. */
  readonly media?: Readonly<Record<string, string>>;
}

export interface TypeContext {
  readonly random: SeededRandom;
  readonly shelf: MediaShelf;
  /** A number nobody else has: media ids are made of it. */
  readonly number: number;
  readonly ms: number;
  readonly sender: string;
  /** msgid of an earlier message of the same conversation, when there is one. */
  readonly earlier: string | undefined;
  readonly external: string;
}

/** Chunks of the media interface; files around its multiples are where clients break. */
const CHUNK = 524_288;

// Made once: thousands of messages show the same stickers and pictures, as in life.
const PICTURES = [0, 60, 120, 180, 240].map((shade) => pngFile(16, shade));
const STICKER = gifFile();
const VOICES = [1, 3, 6].map(amrFile);
const CLIP = mp4File(40_000);
const DOCUMENTS = [pdfFile(3000), zipFile(8000), pdfFile(0), Buffer.alloc(0), Buffer.from([7])];
const LARGE = [filler(CHUNK - 1, 1), filler(CHUNK, 2), filler(CHUNK + 1, 3), filler(900_000, 4)];
const PROGRAM = exeFile(20_000);
/** More than the large-file policy allows. */
const VERY_LARGE = filler(2 * CHUNK, 5);

function shelve(context: TypeContext, bytes: Buffer, index = 0): ShelvedMedia {
  return context.shelf.put(context.number * 8 + index, bytes);
}

const time = ({ ms }: TypeContext): number => Math.floor(ms / 1000);
const say = ({ random }: TypeContext, template: string): string => fillSlots(random, template);

type Maker = (context: TypeContext) => TypedMessage;

const image: Maker = (c) => {
  const file = shelve(c, c.random.pick(PICTURES));
  return {
    msgtype: 'image',
    body: { md5sum: file.md5, filesize: file.sizeBytes, sdkfileid: file.sdkfileid },
    media: { image: file.sha256 },
  };
};
const voice: Maker = (c) => {
  const file = shelve(c, c.random.pick(VOICES));
  return {
    msgtype: 'voice',
    body: { md5sum: file.md5, voice_size: file.sizeBytes, play_length: 3, sdkfileid: file.sdkfileid },
    media: { voice: file.sha256 },
  };
};
const video: Maker = (c) => {
  const file = shelve(c, CLIP);
  return {
    msgtype: 'video',
    body: { md5sum: file.md5, filesize: file.sizeBytes, play_length: 8, sdkfileid: file.sdkfileid },
    media: { video: file.sha256 },
  };
};
const emotion: Maker = (c) => {
  const file = shelve(c, STICKER);
  return {
    msgtype: 'emotion',
    body: {
      type: 1,
      width: 240,
      height: 240,
      imagesize: file.sizeBytes,
      md5sum: c.random.chance(0.1) ? '' : file.md5,
      sdkfileid: file.sdkfileid,
    },
    media: { emotion: file.sha256 },
  };
};
const document = (c: TypeContext, name: string, bytes: Buffer): TypedMessage => {
  const file = shelve(c, bytes);
  const extension = name.split('.').at(-1) ?? '';
  return {
    msgtype: 'file',
    body: {
      md5sum: file.md5,
      filename: name,
      fileext: extension,
      filesize: file.sizeBytes,
      sdkfileid: file.sdkfileid,
    },
    media: { file: file.sha256 },
  };
};
const file: Maker = (c) =>
  document(
    c,
    say(c, '{doc}{n}.pdf'),
    c.random.chance(0.02) ? c.random.pick(LARGE) : c.random.pick(DOCUMENTS),
  );

const recordText = (c: TypeContext, template: string) => ({
  type: 'ChatRecordText',
  msgtime: time(c),
  content: JSON.stringify({ content: say(c, template) }),
  from_chatroom: false,
});
const chatrecord: Maker = (c) => {
  const picture = shelve(c, c.random.pick(PICTURES), 1);
  const deep = shelve(c, c.random.pick(DOCUMENTS), 2);
  const inner = {
    title: say(c, '{person}的聊天记录'),
    item: [
      recordText(c, '{doc}在这'),
      {
        type: 'ChatRecordFile',
        msgtime: time(c),
        content: JSON.stringify({
          filename: 'a.pdf',
          fileext: 'pdf',
          filesize: deep.sizeBytes,
          md5sum: deep.md5,
          sdkfileid: deep.sdkfileid,
        }),
        from_chatroom: false,
      },
    ],
  };
  const item = [
    recordText(c, '{person}：{time}到{place}'),
    {
      type: 'ChatRecordImage',
      msgtime: time(c),
      content: JSON.stringify({
        md5sum: picture.md5,
        filesize: picture.sizeBytes,
        sdkfileid: picture.sdkfileid,
      }),
      from_chatroom: false,
    },
    { type: 'chatrecord', msgtime: time(c), content: JSON.stringify(inner), from_chatroom: true },
    {
      type: 'ChatRecordLink',
      msgtime: time(c),
      content: JSON.stringify({ title: say(c, '{product}公告'), link_url: 'https://www.example.com/a' }),
      from_chatroom: false,
    },
  ];
  return {
    msgtype: 'chatrecord',
    body: { title: '群聊的聊天记录', item },
    media: { 'chatrecord.item[1]': picture.sha256, 'chatrecord.item[2].item[1]': deep.sha256 },
  };
};
const mixed: Maker = (c) => {
  const picture = shelve(c, c.random.pick(PICTURES));
  const item = [
    { type: 'text', content: JSON.stringify({ content: say(c, '看图，{doc}第{n}页') }) },
    {
      type: 'image',
      content: JSON.stringify({
        md5sum: picture.md5,
        filesize: picture.sizeBytes,
        sdkfileid: picture.sdkfileid,
      }),
    },
  ];
  return { msgtype: 'mixed', body: { item }, media: { 'mixed.item[1]': picture.sha256 } };
};
const voiceCall: Maker = (c) => {
  const recording = shelve(c, c.random.pick(VOICES));
  return {
    msgtype: 'meeting_voice_call',
    beside: { voiceid: `grb8${c.number}` },
    body: {
      endtime: time(c),
      sdkfileid: recording.sdkfileid,
      demofiledata: [
        { filename: '演示.pdf', demooperator: c.sender, starttime: time(c) - 60, endtime: time(c) },
      ],
      sharescreendata: [],
    },
    media: { meeting_voice_call: recording.sha256 },
  };
};
const sharedDoc: Maker = (c) => {
  const shared = shelve(c, c.random.pick(DOCUMENTS));
  return {
    msgtype: 'voip_doc_share',
    beside: { voipid: `gr27${c.number}` },
    body: {
      filename: '方案.pdf',
      md5sum: shared.md5,
      filesize: shared.sizeBytes,
      sdkfileid: shared.sdkfileid,
    },
    media: { voip_doc_share: shared.sha256 },
  };
};

/** Common types first; [maker, weight]. */
const MAKERS: readonly (readonly [Maker, number])[] = [
  [image, 20],
  [emotion, 14],
  [voice, 8],
  [file, 8],
  [
    (c) => ({
      msgtype: 'link',
      body: {
        title: say(c, '{product}季度报告'),
        description: say(c, '{doc}第{n}期'),
        link_url: `https://www.example.com/${c.number}`,
        image_url: 'https://www.example.com/i.png',
      },
    }),
    6,
  ],
  [video, 3],
  [chatrecord, 3],
  [mixed, 3],
  [
    (c) => ({
      msgtype: 'weapp',
      body: {
        title: say(c, '{product}预约'),
        description: '点击进入',
        username: 'gh_1234567890ab@app',
        displayname: 'Acme 服务',
      },
    }),
    3,
  ],
  [(c) => ({ msgtype: 'card', body: { corpname: '微信联系人', userid: c.external } }), 2],
  [
    (c) => ({
      msgtype: 'location',
      body: {
        longitude: 121.47,
        latitude: 31.23,
        address: say(c, '{city}{place}'),
        title: say(c, '{place}'),
        zoom: 15,
      },
    }),
    2,
  ],
  [
    (c) => ({ msgtype: 'todo', body: { title: say(c, '来自{person}'), content: say(c, '{time}交{doc}') } }),
    2,
  ],
  [
    (c) => ({
      msgtype: 'vote',
      body: { votetitle: '团建', voteitem: ['爬山', '看海'], votetype: 101, voteid: `v${c.number}` },
    }),
    1,
  ],
  [
    (c) => ({
      msgtype: 'collect',
      body: {
        room_name: '一群',
        creator: c.sender,
        create_time: '2026-11-24 11:21:22',
        title: '报名',
        details: [
          {
            id: bigNumber(`18446744073709${String(c.number % 100_000).padStart(6, '0')}`.slice(0, 19)),
            ques: '姓名',
            type: 'Text',
          },
        ],
      },
    }),
    1,
  ],
  [() => ({ msgtype: 'redpacket', body: { type: 1, wish: '恭喜发财', totalcnt: 10, totalamount: 3000 } }), 1],
  [
    () => ({
      msgtype: 'external_redpacket',
      bodyKey: 'redpacket',
      body: { type: 1, wish: '生日快乐', totalcnt: 2, totalamount: 20 },
    }),
    1,
  ],
  [
    (c) => ({
      msgtype: 'meeting',
      body: {
        topic: say(c, '{product}夕会'),
        starttime: time(c) + 3600,
        endtime: time(c) + 7200,
        address: say(c, '{place}'),
        remarks: '',
        meetingtype: 102,
        meetingid: bigNumber('9007199254740993'),
        status: 1,
      },
    }),
    1,
  ],
  [
    (c) => ({
      msgtype: 'meeting_notification',
      bodyKey: 'info',
      body: { meeting_id: String(c.number), notification_type: 3 },
    }),
    1,
  ],
  [
    (c) => ({
      msgtype: 'docmsg',
      bodyKey: 'doc',
      body: {
        title: say(c, '{doc}清单'),
        doc_creator: c.sender,
        link_url: `https://doc.example.com/${c.number}`,
      },
    }),
    1,
  ],
  [
    (c) => ({ msgtype: 'markdown', bodyKey: 'info', body: { content: say(c, '**值班** {person} {time}') } }),
    1,
  ],
  [
    (c) => ({
      msgtype: 'news',
      bodyKey: 'info',
      body: {
        item: [
          { title: say(c, '{product}周报'), description: 'd', url: 'https://www.example.com/n', picurl: '' },
        ],
      },
    }),
    1,
  ],
  [
    (c) => ({
      msgtype: 'calendar',
      body: {
        title: '复盘',
        creatorname: say(c, '{person}'),
        attendeename: ['甲', '乙'],
        starttime: time(c),
        endtime: time(c) + 3600,
        place: say(c, '{place}'),
        remarks: '',
      },
    }),
    1,
  ],
  [voiceCall, 1],
  [sharedDoc, 1],
  [() => ({ msgtype: 'sphfeed', body: { feed_type: 4, sph_name: 'Acme 视频号', feed_desc: '市场周评' } }), 1],
  [() => ({ msgtype: 'voiptext', bodyKey: 'info', body: { callduration: 42, invitetype: 2 } }), 1],
  [(c) => ({ msgtype: 'qydiskfile', bodyKey: 'info', body: { filename: say(c, '{doc}.xlsx') } }), 1],
  [
    (c) => ({
      msgtype: 'solitaire',
      body: { title: '接龙', items: [say(c, '{person}'), say(c, '{person}')] },
    }),
    1,
  ],
  [(c) => ({ msgtype: 'note', body: { title: '笔记', text: say(c, '{doc}第{n}页') } }), 1],
  [
    (c) =>
      c.earlier === undefined
        ? image(c)
        : { msgtype: 'revoke', action: 'recall', body: { pre_msgid: c.earlier } },
    3,
  ],
];
const TOTAL = MAKERS.reduce((sum, [, weight]) => sum + weight, 0);

/** One message of a type drawn by weight. */
export function makeTyped(context: TypeContext): TypedMessage {
  let left = context.random.integer(TOTAL);
  for (const [make, weight] of MAKERS) {
    left -= weight;
    if (left < 0) return make(context);
  }
  throw new Error('unreachable: the weights add up');
}

/** A Windows program, sent as a file: planted by whoever asks for it. */
export const sendProgram = (context: TypeContext): TypedMessage =>
  document(context, say(context, '补丁{n}.exe'), PROGRAM);
/** A file above the limit of the large-file policy. */
export const sendVeryLarge = (context: TypeContext): TypedMessage =>
  document(context, say(context, '全量数据{n}.bin'), VERY_LARGE);
