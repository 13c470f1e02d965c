// Lists of stickers, as people keep them: an MD5 a line, and behind a blank what the sticker means.

/** MD5 in lower case → what it means; empty where the list does not say. */
export type StickerMeanings = ReadonlyMap<string, string>;

export type StickerList =
  | { readonly ok: true; readonly meanings: StickerMeanings }
  /** The first line that is none. */
  | { readonly ok: false; readonly line: string };

const LINE = /^([0-9a-f]{32})(?:[\s,;]+(.*))?$/i;

/** `lines` without comments and empty lines, as a lexicon gives them. A sticker that is listed twice means what its last line says. */
export function readStickerList(lines: readonly string[]): StickerList {
  const meanings = new Map<string, string>();
  for (const line of lines) {
    const [, md5, means = ''] = LINE.exec(line) ?? [];
    if (md5 === undefined) return { ok: false, line };
    meanings.set(md5.toLowerCase(), means.trim());
  }
  return { ok: true, meanings };
}

export const isMd5 = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text);
