// Which language a sentence in Han characters and kana is: Japanese, Cantonese, Wu, Southern Min, Hakka, or Mandarin and in which writing.
import { singles } from '../../views/folding/fold-table.ts';
import { LONGEST, MARKERS, type Variety } from './chinese-markers.ts';
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
  const counts = { han: 0, kana: 0, japanese: 0, simplified: 0, traditional: 0 };
  let folded = '';
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isKana(unit) && unit !== NO) counts.kana++;
    else if (unit >= 0x3400) counts.han++;
    const writing = writings[unit] as number;
    if (writing === SIMPLIFIED) counts.simplified++;
    else if (writing === TRADITIONAL) counts.traditional++;
    else if (writing === JAPANESE) counts.japanese++;
    const single = singles[unit] as number;
    folded += String.fromCharCode(single >= 0x3400 && single < 0xd800 ? single : unit);
  }
  return { ...counts, scores: scoreVarieties(folded, text) };
}

/** The variety of Chinese, or undefined when no marker tells. */
export function tellVariety({ scores }: ChineseEvidence): Variety | undefined {
  const { cmn } = scores;
  const [best = 'cmn', score = 0] = (['yue', 'wuu', 'nan', 'hak'] as const)
    .map((variety) => [variety, scores[variety] - (variety === 'yue' ? 0 : 0.4)] as const)
    .reduce((a, b) => (b[1] > a[1] ? b : a), ['yue', 0] as readonly [Variety, number]);
  const least = best === 'yue' ? 1.5 : 2;
  if (score >= least && score > cmn * (best === 'yue' ? 0.9 : 0.6)) return best;
  return cmn >= 0.6 ? 'cmn' : undefined;
}

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
  for (let length = LONGEST[folded.charCodeAt(at)] as number; length > 0; length--) {
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

const writings = buildWritings();

function buildWritings(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (const character of SHINJITAI)
    if (!CHINESE_TOO.has(character)) table[character.charCodeAt(0)] = JAPANESE;
  for (const character of SIMPLIFIED_ONLY) table[character.charCodeAt(0)] = SIMPLIFIED;
  for (const character of TRADITIONAL_ONLY) table[character.charCodeAt(0)] = TRADITIONAL;
  return table;
}
