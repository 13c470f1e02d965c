// Every sticker of a message, also those inside forwarded records and mixed messages.
import type { WeComMessage } from '@menshen/contracts/message';
import { openItems } from '@menshen/contracts/record-items';
import type { StickerFact } from './facts.ts';

/** In order of appearance. Never throws. */
export function collectStickers(message: WeComMessage): readonly StickerFact[] {
  switch (message.msgtype) {
    case 'emotion':
      return [toSticker('emotion', message.body)];
    case 'chatrecord':
    case 'mixed':
      return openItems(message.body.item, message.msgtype).flatMap(({ type, path, body }) =>
        type === 'emotion' && body !== undefined ? [toSticker(path, body)] : [],
      );
    default:
      return NONE;
  }
}

const NONE: readonly StickerFact[] = [];

/** `type` is 1 for a GIF and 2 for a PNG (WeCom developer page p/91774). */
const FORMATS: Readonly<Record<string, 'Gif' | 'Png'>> = { '1': 'Gif', '2': 'Png' };

function toSticker(path: string, body: { readonly md5sum?: unknown; readonly type?: unknown }): StickerFact {
  const { md5sum, type } = body;
  return {
    path,
    md5: typeof md5sum === 'string' ? md5sum.toLowerCase() : '',
    format: FORMATS[String(type)] ?? 'Unknown',
  };
}
