// Whether a text is worth reading for personal data: one pass each over the original text, for every message of a policy that asks.
import { DROPPED, SPECIAL, singles } from '../../views/folding/fold-table.ts';

/** The fewest digits of any kind that is found by its digits (Hong Kong's), and how far apart two of them may stand. */
const ENOUGH = 6;
const FURTHEST = 4;

// What a unit means, whatever its width or writing. BLANK and NOTHING, which the folding drops, may stand between two that matter.
const OTHER = 0;
const DIGIT = 1;
const LETTER = 2;
const PROVINCE = 3;
const HOUSE = 4;
const BLANK = 5;
const NOTHING = 6;

const MEANINGS = meaningsOfUnits();

/** Six digits close together, in any writing. */
export function showsDigits(text: string): boolean {
  let count = 0;
  let last = 0;
  for (let at = 0; at < text.length; at++) {
    const meaning = MEANINGS[text.charCodeAt(at)];
    if (meaning === NOTHING) last++;
    if (meaning !== DIGIT) continue;
    count = at - last > FURTHEST ? 1 : count + 1;
    if (count === ENOUGH) return true;
    last = at;
  }
  return false;
}

/** The short name of a province and a letter (沪A), or a number or letter and 号, 弄, 栋 … (5号, A座). */
export function showsPlateOrHouse(text: string): boolean {
  let before = OTHER;
  for (let at = 0; at < text.length; at++) {
    const meaning = MEANINGS[text.charCodeAt(at)] as number;
    if (meaning >= BLANK) continue;
    if (meaning === LETTER && before === PROVINCE) return true;
    if (meaning === HOUSE && (before === DIGIT || before === LETTER)) return true;
    before = meaning;
  }
  return false;
}

function meaningsOfUnits(): Uint8Array {
  const words: readonly [number, string][] = [
    [DIGIT, '0123456789零〇○一壹壱幺么二贰弐两三叁参四肆五伍六陆七柒八捌九玖'],
    [LETTER, 'abcdefghijklmnopqrstuvwxyz'],
    [PROVINCE, '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼'],
    [HOUSE, '号弄栋幢座'],
    [BLANK, ' '],
  ];
  const byFolded = new Map(
    words.flatMap(([meaning, units]) => [...units].map((unit) => [unit.charCodeAt(0), meaning])),
  );
  return Uint8Array.from(singles, (folded, unit) => {
    if (folded === DROPPED || isLowSurrogate(unit)) return NOTHING;
    return folded === SPECIAL ? meaningOfSpecial(unit) : (byFolded.get(folded) ?? OTHER);
  });
}

/** Units of which the fold makes several, or one of two: circled numbers of two digits, mathematical and segmented digits. */
function meaningOfSpecial(unit: number): number {
  if (unit >= 0x2460 && unit <= 0x24ff) return DIGIT;
  if (unit === 0xd835 || unit === 0xd83e) return DIGIT;
  // Combining marks stand behind what they belong to.
  return unit >= 0x300 && unit <= 0x36f ? NOTHING : OTHER;
}

/** Stands behind the unit that says what the character is. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
