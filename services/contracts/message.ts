// The message model: every msgtype WeCom documents, as one discriminated union (source: WeCom developer page p/91774).
// Field names inside bodies are WeCom's own, so that a reader can hold them against its documentation.
// Fields that are not named here stay in the object; the exact bytes stay in the record whatever happens here.
import type { Decimal } from './decimal.ts';

export interface MessageHead {
  readonly msgid: string;
  readonly action: 'send' | 'recall';
  readonly from: string;
  readonly tolist: readonly string[];
  /** Empty for a direct conversation. */
  readonly roomid: string;
  /** Sender's clock, UTC milliseconds; 0 was seen. */
  readonly msgtime: number;
}

/** A file kept by WeCom. `sdkfileid` contains the file's AES key: it is a credential and is never logged. */
export interface MediaBody {
  readonly sdkfileid: string;
  /** Hex, as claimed by WeCom; may be empty or wrong. */
  readonly md5sum?: string;
}

export interface TextBody {
  readonly content: string;
}
export interface ImageBody extends MediaBody {
  readonly filesize?: number;
}
export interface RevokeBody {
  readonly pre_msgid: string;
}
export interface ConsentBody {
  readonly userid: string;
  readonly agree_time?: number;
  readonly disagree_time?: number;
}
export interface VoiceBody extends MediaBody {
  readonly voice_size?: number /** seconds */;
  readonly play_length?: number;
}
export interface VideoBody extends MediaBody {
  readonly filesize?: number /** seconds */;
  readonly play_length?: number;
}
export interface CardBody {
  readonly corpname?: string;
  readonly userid?: string;
}
export interface LocationBody {
  readonly longitude?: number;
  readonly latitude?: number;
  readonly address?: string;
  readonly title?: string;
  readonly zoom?: number;
}
/** `type`: 1 GIF, 2 PNG. */
export interface EmotionBody extends MediaBody {
  readonly type?: number;
  readonly width?: number;
  readonly height?: number;
  readonly imagesize?: number;
}
export interface FileBody extends MediaBody {
  readonly filename?: string;
  readonly fileext?: string;
  readonly filesize?: number;
}
export interface LinkBody {
  readonly title?: string;
  readonly description?: string;
  readonly link_url?: string;
  readonly image_url?: string;
}
export interface WeappBody {
  readonly title?: string;
  readonly description?: string;
  readonly username?: string;
  readonly displayname?: string;
}
/** `content` is a JSON string of the body that `type` names; `msgtime` is in SECONDS. */
export interface RecordItem {
  readonly type: string;
  readonly content: string;
  readonly msgtime?: number;
  readonly from_chatroom?: boolean;
}
export interface ChatRecordBody {
  readonly title?: string;
  readonly item: readonly RecordItem[];
}
export interface MixedBody {
  readonly item: readonly RecordItem[];
}
export interface TodoBody {
  readonly title?: string;
  readonly content?: string;
}
export interface VoteBody {
  readonly votetitle?: string;
  readonly voteitem?: readonly string[];
  readonly votetype?: number;
  readonly voteid?: string;
}
export interface CollectBody {
  readonly room_name?: string;
  readonly creator?: string;
  readonly create_time?: string;
  readonly title?: string;
  readonly details?: readonly { readonly id?: Decimal; readonly ques?: string; readonly type?: string }[];
}
/** `totalamount` in fen. */
export interface RedpacketBody {
  readonly type?: number;
  readonly wish?: string;
  readonly totalcnt?: number;
  readonly totalamount?: number;
}
/** Times in seconds. */
export interface MeetingBody {
  readonly topic?: string;
  readonly starttime?: number;
  readonly endtime?: number;
  readonly address?: string;
  readonly remarks?: string;
  readonly meetingtype?: number;
  readonly meetingid?: Decimal;
  readonly status?: number;
}
export interface MeetingNotificationBody {
  readonly meeting_id?: Decimal;
  readonly notification_type?: number;
  readonly content?: string;
}
export interface DocBody {
  readonly title?: string;
  readonly doc_creator?: string;
  readonly link_url?: string;
}
export interface MarkdownBody {
  readonly content: string;
}
export interface NewsBody {
  readonly item: readonly {
    readonly title?: string;
    readonly description?: string;
    readonly url?: string;
    readonly picurl?: string;
  }[];
}
export interface CalendarBody {
  readonly title?: string;
  readonly creatorname?: string;
  readonly attendeename?: readonly string[];
  readonly starttime?: number;
  readonly endtime?: number;
  readonly place?: string;
  readonly remarks?: string;
}
export interface VoiceCallBody {
  readonly sdkfileid: string;
  readonly endtime?: number;
  readonly demofiledata?: readonly {
    readonly filename?: string;
    readonly demooperator?: string;
    readonly starttime?: number;
    readonly endtime?: number;
  }[];
  readonly sharescreendata?: readonly {
    readonly share?: string;
    readonly starttime?: number;
    readonly endtime?: number;
  }[];
}
export interface SharedDocBody extends MediaBody {
  readonly filename?: string;
  readonly filesize?: number;
}
/** `feed_type`: 2 picture, 4 video, 9 live. */
export interface SphfeedBody {
  readonly feed_type?: number;
  readonly sph_name?: string;
  readonly feed_desc?: string;
}
export interface VoiptextBody {
  readonly callduration?: number;
  readonly invitetype?: number;
}
export interface QydiskfileBody {
  readonly filename?: string;
}

/** msgtype → body. The one list from which the union, the parser and the tests are made. */
export interface MessageBodies {
  text: TextBody;
  image: ImageBody;
  revoke: RevokeBody;
  agree: ConsentBody;
  disagree: ConsentBody;
  voice: VoiceBody;
  video: VideoBody;
  card: CardBody;
  location: LocationBody;
  emotion: EmotionBody;
  file: FileBody;
  link: LinkBody;
  weapp: WeappBody;
  chatrecord: ChatRecordBody;
  todo: TodoBody;
  vote: VoteBody;
  collect: CollectBody;
  redpacket: RedpacketBody;
  external_redpacket: RedpacketBody;
  meeting: MeetingBody;
  meeting_notification: MeetingNotificationBody;
  docmsg: DocBody;
  markdown: MarkdownBody;
  news: NewsBody;
  calendar: CalendarBody;
  mixed: MixedBody;
  meeting_voice_call: VoiceCallBody;
  voip_doc_share: SharedDocBody;
  sphfeed: SphfeedBody;
  voiptext: VoiptextBody;
  qydiskfile: QydiskfileBody;
}
export type KnownMsgtype = keyof MessageBodies;

/** A message of a documented type. `callId` is `voiceid` or `voipid`, which stand beside the body. */
export type KnownMessage = {
  [T in KnownMsgtype]: MessageHead & {
    readonly msgtype: T;
    readonly body: MessageBodies[T];
    readonly callId?: string;
  };
}[KnownMsgtype];

/** A member switched corporation: an event, not a message; it has neither sender nor conversation. */
export interface SwitchEvent extends MessageHead {
  readonly msgtype: 'switch';
  readonly user: string;
}

/** A type that is not documented, or a documented one whose body does not have its form (`fault` says how). Kept whole. */
export interface UnknownMessage extends MessageHead {
  readonly msgtype: 'unknown';
  /** msgtype as WeCom wrote it. */
  readonly wireType: string;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly fault?: string;
}

export type WeComMessage = KnownMessage | SwitchEvent | UnknownMessage;
