// Which language a sentence in Han characters and kana is: Japanese, Cantonese, Wu, Southern Min, Hakka, or Mandarin and in which writing.
import { singles } from '../../views/folding/fold-table.ts';
import { LONGEST, MARKERS, PAIRS, pairOf, SINGLES, type Variety } from './chinese-markers.ts';
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
  readonly scores: Readonly<Record<Variety, number>>;
}

export function weighChinese(text: string): ChineseEvidence {
  const tally = new Int32Array(12);
  // Simplified writing, which most texts are in, is folded already: only from the first other character on a copy is made.
  let [folded, kept] = ['', 0];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const kind = kinds[unit] as number;
    tally[kind] = (tally[kind] as number) + 1;
    const fold = folds[unit] as number;
    if (fold === unit) continue;
    folded += text.slice(kept, at) + String.fromCharCode(fold);
    kept = at + 1;
  }
  return {
    han: ofGroup(tally, 8),
    kana: ofGroup(tally, 4),
    japanese: ofWriting(tally, JAPANESE),
    simplified: ofWriting(tally, SIMPLIFIED),
    traditional: ofWriting(tally, TRADITIONAL),
    scores: scoreVarieties(kept === 0 ? text : folded + text.slice(kept), text),
  };
}

const at = (tally: Int32Array, kind: number): number => tally[kind] as number;
const ofGroup = (tally: Int32Array, group: number): number =>
  at(tally, group) + at(tally, group + 1) + at(tally, group + 2) + at(tally, group + 3);
const ofWriting = (tally: Int32Array, writing: number): number =>
  at(tally, writing) + at(tally, writing + 4) + at(tally, writing + 8);

/** The variety of Chinese, or undefined when no marker tells. */
export function tellVariety({ scores }: ChineseEvidence): Variety | undefined {
  const { cmn } = scores;
  let [best, score]: [Variety, number] = ['yue', Math.max(0, scores.yue)];
  for (const variety of OTHERS)
    if (scores[variety] - 0.4 > score) [best, score] = [variety, scores[variety] - 0.4];
  const least = best === 'yue' ? 1.5 : 2;
  if (score >= least && score > cmn * (best === 'yue' ? 0.9 : 0.6)) return best;
  return cmn >= 0.6 ? 'cmn' : undefined;
}

const OTHERS = ['wuu', 'nan', 'hak'] as const;

function scoreVarieties(folded: string, original: string): Record<Variety, number> {
  const scores: Record<Variety, number> = { yue: 0, wuu: 0, nan: 0, hak: 0, cmn: 0 };
  for (let at = 0; at < folded.length; ) at += scoreAt(folded, at, scores);
  // 係 where simplified writing has 系 is hardly ever Mandarin, other than in 關係.
  for (let at = original.indexOf('係'); at >= 0; at = original.indexOf('係', at + 1))
    if (original[at - 1] !== '關' && original[at - 1] !== '联') scores.yue += 1;
  return scores;
}

/** Adds what the longest marker at a place says; returns how far to go on. */
function scoreAt(folded: string, at: number, scores: Record<Variety, number>): number {
  const first = folded.charCodeAt(at);
  const longest = LONGEST[first] as number;
  if (longest === 0) return 1;
  const mayBeLong = longest > 1 && PAIRS[pairOf(first, folded.charCodeAt(at + 1))] === 1;
  if (!mayBeLong && SINGLES[first] === 0) return 1;
  for (let length = mayBeLong ? longest : 1; length > 0; length--) {
    const marker = MARKERS.get(folded.slice(at, at + length));
    if (marker === undefined || at + length > folded.length) continue;
    for (const { variety, weight } of marker) scores[variety] += weight;
    return length;
  }
  return 1;
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

/** Code unit → which writing it tells, and 4 for kana, 8 for what counts as Han. */
const kinds = buildKinds();
/** Code unit → the simplified character that it stands for, else itself. */
const folds = Uint16Array.from(singles, (single, unit) =>
  single >= 0x3400 && single < 0xd800 ? single : unit,
);

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
