// Stickers (表情) by what somebody has found out about them. WeCom says of a sticker its MD5, its format and its size, and nothing of what it
// shows: a meaning is only what a list says that a person has made, and a sticker on no list has none.
import type { Digest } from '@menshen/contracts/digest';
import type { Detector, Hit, Plan, Sight } from '../detector.ts';
import { isMd5, readStickerList, type StickerMeanings } from './sticker/sticker-list.ts';

export type StickerFormat = 'Gif' | 'Png';

/** Everything that is given must hold of one sticker; none given: every sticker hits. */
export interface StickerOptions {
  readonly known?: readonly KnownSticker[];
  /** A list with one sticker a line: its MD5, a blank, and what it means. Added to `known`. */
  readonly knownRef?: { readonly digest: string };
  /** Of the known stickers only those that mean one of these. */
  readonly means?: readonly string[];
  readonly formats?: readonly StickerFormat[];
}

export interface KnownSticker {
  /** 32 hex digits. */
  readonly md5: string;
  readonly means?: string;
}

export const sticker: Detector<StickerOptions> = { name: 'sticker', compile };

/** Forwarded records and mixed messages hold stickers as well. */
const TYPES = ['emotion', 'chatrecord', 'mixed'];

function compile(options: StickerOptions, plan: Plan) {
  const known = knownOf(options, plan);
  const means = options.means === undefined ? undefined : new Set(options.means);
  const formats: ReadonlySet<string> | undefined = options.formats && new Set(options.formats);
  if (means !== undefined && known === undefined) plan.reject(NO_MEANINGS);
  const find = ({ facts }: Sight): Hit[] =>
    facts.stickers
      .filter(({ format }) => formats?.has(format) !== false)
      .flatMap((found) => (known === undefined ? [anyHit(found)] : knownHits(found, known, means)));
  return { triggers: [{ kind: 'types' as const, types: TYPES }], find };
}

const NO_MEANINGS = {
  field: 'means',
  value: undefined,
  message: 'no sticker has a meaning by itself',
  remedy: 'give known or knownRef, which say what stickers mean',
};

type StickerFact = Sight['facts']['stickers'][number];

const anyHit = ({ path, md5, format }: StickerFact): Hit => asHit(path, md5 === '' ? format : md5, 'sticker');

function knownHits(
  { path, md5 }: StickerFact,
  known: StickerMeanings,
  wanted: ReadonlySet<string> | undefined,
): Hit[] {
  const meaning = known.get(md5);
  if (meaning === undefined || wanted?.has(meaning) === false) return [];
  return [asHit(path, meaning === '' ? md5 : `${md5} ${meaning}`, 'sticker.known')];
}

const asHit = (path: string, value: string, label: string): Hit => ({ kind: 'fact', path, value, label });

function knownOf({ known, knownRef }: StickerOptions, plan: Plan): StickerMeanings | undefined {
  if (known === undefined && knownRef === undefined) return undefined;
  const meanings = new Map<string, string>(knownRef === undefined ? [] : readReferred(knownRef.digest, plan));
  for (const [index, { md5, means = '' }] of (known ?? []).entries()) {
    if (!isMd5(md5))
      plan.reject({
        field: `known[${index}].md5`,
        value: md5,
        message: 'not an MD5',
        remedy: 'write the 32 hex digits of md5sum in the message',
      });
    meanings.set(md5.toLowerCase(), means);
  }
  return meanings;
}

function readReferred(digest: string, plan: Plan): StickerMeanings {
  const list = readStickerList(plan.readLexicon(digest as Digest, 'knownRef.digest'));
  if (list.ok) return list.meanings;
  plan.reject({
    field: 'knownRef.digest',
    value: digest,
    message: `the list holds ${JSON.stringify(list.line.slice(0, 40))}, which is no sticker`,
    remedy: 'write one sticker a line: its MD5, a blank, what it means',
  });
  return new Map();
}
