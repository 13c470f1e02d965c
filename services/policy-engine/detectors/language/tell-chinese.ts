// Which language a sentence in Han characters and kana is: Japanese, Cantonese, Wu, Southern Min, Hakka, or Mandarin and in which writing.
import { singles } from '../../views/folding/fold-table.ts';
import { readArray } from '../../views/text-buffer.ts';
import {
  MARKERS,
  type Marker,
  PAIRS,
  pairOf,
  SINGLES,
  STARTS,
  VARIETIES,
  type Variety,
} from './chinese-markers.ts';
import { isKana } from './scripts.ts';
import { SIMPLIFIED_ONLY, TRADITIONAL_ONLY } from './writings.ts';

/** What one sentence says by itself. */
export interface ChineseEvidence {
  readonly han: number;
  readonly kana: number;
  /** Characters that Japanese alone writes so. */
  readonly japanese: number;
  readonly simplified: number;
  readonly traditional: number;
  /** By the number of the variety. */
  readonly scores: readonly number[];
}

// Of the text at hand; making them for each would cost as much as filling them.
const tally = new Int32Array(12);
let folded = new Uint16Array(1024);

export function weighChinese(text: string): ChineseEvidence {
  tally.fill(0);
  if (text.length >= folded.length) folded = new Uint16Array(2 * text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = units[text.charCodeAt(at)] as number;
    const kind = unit >>> 16;
    tally[kind] = (tally[kind] as number) + 1;
    folded[at] = unit;
  }
  folded[text.length] = 0;
  return {
    han: ofGroup(8),
    kana: ofGroup(4),
    japanese: ofWriting(JAPANESE),
    simplified: ofWriting(SIMPLIFIED),
    traditional: ofWriting(TRADITIONAL),
    scores: scoreVarieties(text),
  };
}

const ofKind = (kind: number): number => tally[kind] as number;
const ofGroup = (group: number): number =>
  ofKind(group) + ofKind(group + 1) + ofKind(group + 2) + ofKind(group + 3);
const ofWriting = (writing: number): number => ofKind(writing) + ofKind(writing + 4) + ofKind(writing + 8);

/** The variety of Chinese, or undefined when no marker tells. */
export function tellVariety({ scores }: ChineseEvidence): Variety | undefined {
  const cmn = scores[CMN] as number;
  let [best, score] = [YUE, Math.max(0, scores[YUE] as number)];
  for (const variety of OTHERS)
    if ((scores[variety] as number) - 0.4 > score)
      [best, score] = [variety, (scores[variety] as number) - 0.4];
  const least = best === YUE ? 1.5 : 2;
  if (score >= least && score > cmn * (best === YUE ? 0.9 : 0.6)) return VARIETIES[best];
  return cmn >= 0.6 ? 'cmn' : undefined;
}

const YUE = VARIETIES.indexOf('yue');
const CMN = VARIETIES.indexOf('cmn');
const OTHERS = (['wuu', 'nan', 'hak'] as const).map((variety) => VARIETIES.indexOf(variety));

function scoreVarieties(text: string): number[] {
  const scores = [0, 0, 0, 0, 0];
  for (let at = 0; at < text.length; ) {
    const start = STARTS[folded[at] as number] as number;
    at += start === 0 ? 1 : scoreAt(at, start, { length: text.length, scores });
  }
  // 係 where simplified writing has 系 is hardly ever Mandarin, other than in 關係.
  for (let at = text.indexOf('係'); at >= 0; at = text.indexOf('係', at + 1))
    if (text[at - 1] !== '關' && text[at - 1] !== '联') scores[YUE] = (scores[YUE] as number) + 1;
  return scores;
}

/** Adds what the longest marker at a place of the folded text says; returns how far to go on. */
function scoreAt(
  at: number,
  start: number,
  of: { readonly length: number; readonly scores: number[] },
): number {
  const longest = PAIRS[pairOf(folded[at] as number, folded[at + 1] as number)] as number;
  for (let length = Math.min(longest, of.length - at); length > 1; length--) {
    const marker = MARKERS.get(readArray(folded, at, at + length));
    if (marker === undefined) continue;
    add(marker, of.scores);
    return length;
  }
  add(SINGLES[start] as Marker, of.scores);
  return 1;
}

function add(marker: Marker, scores: number[]): void {
  for (let at = 0; at < marker.length; at += 2) {
    const variety = marker[at] as number;
    scores[variety] = (scores[variety] as number) + (marker[at + 1] as number);
  }
}

const NO = 'の'.charCodeAt(0);
const SIMPLIFIED = 1;
const TRADITIONAL = 2;
const JAPANESE = 3;
/** Forms of the Japanese reform of 1946 that neither Chinese writing has. */
const SHINJITAI =
  '円気図駅売読変様対発関経済戦観権帰実験労楽沢辺鉄塩桜広歩黒応択拡価仮絵挙撃桟剣倹険検厳穀雑収渋縦従縄譲醸条剰畳壌嬢伝転団畑働込峠枠匂栃搾塀' +
  '毎巻両仏払悩脳髪抜稲氷竜亜悪囲為壱栄営衛駅謁円縁艶桜欧殴穏仮会絵壊懐楽渇勧巻陥歓観偽戯犠拠暁勲恵渓継茎蛍鶏県圏顕';
/** Which of these Chinese writes as well, in one writing or the other. */
const CHINESE_TOO = new Set([...SIMPLIFIED_ONLY, ...TRADITIONAL_ONLY, ...'会広']);

/**
 * Code unit → the simplified character that it stands for, else itself; and above the lower 16 bits which writing it tells, and 4 for kana,
 * 8 for what counts as Han. One table, because two would be looked up in two places of the memory.
 */
const units = Uint32Array.from(buildKinds(), (kind, unit) => {
  const single = singles[unit] as number;
  return (kind << 16) | (single >= 0x3400 && single < 0xd800 ? single : unit);
});

function buildKinds(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (const character of SHINJITAI)
    if (!CHINESE_TOO.has(character)) table[character.charCodeAt(0)] = JAPANESE;
  for (const character of SIMPLIFIED_ONLY) table[character.charCodeAt(0)] = SIMPLIFIED;
  for (const character of TRADITIONAL_ONLY) table[character.charCodeAt(0)] = TRADITIONAL;
  for (let unit = 0; unit < table.length; unit++) {
    const group = isKana(unit) && unit !== NO ? 4 : unit >= 0x3400 ? 8 : 0;
    table[unit] = (table[unit] as number) + group;
  }
  return table;
}
