// Everything that the detectors find in a text, without a policy.

import { listLanguages } from '@menshen/policy-engine/detectors/language';
import { type LanguageSpan } from '@menshen/policy-engine/detectors/language/read-languages';
import type { ListedFact } from '@menshen/policy-engine/detectors/listed-fact';
import { listPersonalData } from '@menshen/policy-engine/detectors/personal-data';
import { listSecrets } from '@menshen/policy-engine/detectors/secrets';
import type { StickerMeanings } from '@menshen/policy-engine/detectors/sticker/sticker-list';
import { type ListedUrl, listUrls } from '@menshen/policy-engine/detectors/urls';
import {
  createLureLister,
  type ListedEmoji,
  type ListedLure,
  listEmoji,
} from '@menshen/policy-engine/list-lures';
import type { FileMessage } from './message-file/message-line.ts';

/** Offsets are UTF-16 code units of the text, ends exclusive. Values of personal data and secrets are masked. */
export interface MessageFactList {
  readonly id: string;
  readonly line: number;
  /** The language of most letters; `und` when none can be told. */
  readonly language: string;
  readonly languages: readonly LanguageSpan[];
  readonly personalData: readonly ListedFact[];
  readonly secrets: readonly ListedFact[];
  readonly urls: readonly ListedUrl[];
  readonly lures: readonly ListedLure[];
  readonly emoji: readonly ListedEmoji[];
  readonly stickers: readonly ListedSticker[];
}

export interface ListedSticker {
  readonly md5: string;
  /** As the list says; absent where it does not. */
  readonly means?: string;
}

/** One lister for a run: it holds an engine. */
export function createFactLister(stickers: StickerMeanings): (message: FileMessage) => MessageFactList {
  const listLures = createLureLister();
  return (message) => listFacts(message, { listLures, stickers });
}

interface Tools {
  readonly listLures: (text: string) => ListedLure[];
  readonly stickers: StickerMeanings;
}

function listFacts(
  { id, line, text, sticker }: FileMessage,
  { listLures, stickers }: Tools,
): MessageFactList {
  const languages = listLanguages(text);
  return {
    id,
    line,
    language: mainLanguage(languages),
    languages,
    personalData: listPersonalData(text),
    secrets: listSecrets(text),
    urls: listUrls(text),
    lures: listLures(text),
    emoji: listEmoji(text),
    stickers: sticker === undefined ? [] : [toSticker(sticker, stickers.get(sticker))],
  };
}

const toSticker = (md5: string, means: string | undefined): ListedSticker =>
  means === undefined || means === '' ? { md5 } : { md5, means };

function mainLanguage(spans: readonly LanguageSpan[]): string {
  const letters = new Map<string, number>();
  for (const span of spans) letters.set(span.language, (letters.get(span.language) ?? 0) + span.letters);
  return [...letters].reduce((most, one) => (one[1] > most[1] ? one : most), ['und', 0] as const)[0];
}
