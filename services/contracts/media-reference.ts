// Which files a message refers to. The path says where in the message, so that a link row can say which item of which record.
import type { WeComMessage } from './message.ts';
import { type OpenedItem, openItems } from './record-items.ts';

export interface MediaReference {
  /** `image`, `file`, `chatrecord.item[3]` … */
  readonly path: string;
  readonly kind: string;
  /** A credential: it contains the file's key. Never log it. */
  readonly sdkfileid: string;
  /** Hex md5 as claimed; empty when not claimed. */
  readonly md5sum: string;
  /** Bytes as claimed; `undefined` when not claimed (voice calls). */
  readonly sizeBytes: number | undefined;
  readonly filename: string;
}

/** Every media reference of a message, in order of appearance. */
export function listMedia(message: WeComMessage): MediaReference[] {
  switch (message.msgtype) {
    case 'image':
    case 'voice':
    case 'video':
    case 'emotion':
    case 'file':
    case 'voip_doc_share':
    case 'meeting_voice_call':
      return reference(
        message.msgtype,
        message.msgtype,
        message.body as unknown as Readonly<Record<string, unknown>>,
      );
    case 'chatrecord':
    case 'mixed':
      return openItems(message.body.item, message.msgtype).flatMap(itemReference);
    default:
      return [];
  }
}

function itemReference(item: OpenedItem): MediaReference[] {
  return item.body === undefined ? [] : reference(item.path, item.type, item.body);
}

function reference(path: string, kind: string, body: Readonly<Record<string, unknown>>): MediaReference[] {
  const sdkfileid = body.sdkfileid;
  if (typeof sdkfileid !== 'string' || sdkfileid === '') return [];
  const filename = body.filename;
  return [
    {
      path,
      kind,
      sdkfileid,
      md5sum: typeof body.md5sum === 'string' ? body.md5sum : '',
      sizeBytes: claimedSize(body),
      filename: typeof filename === 'string' ? filename : '',
    },
  ];
}

function claimedSize(body: Readonly<Record<string, unknown>>): number | undefined {
  const size = Number(body.filesize ?? body.imagesize ?? body.voice_size);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}
