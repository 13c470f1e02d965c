// Folded text as it is read aloud: one unit per syllable, whether written as a character, in pinyin or as an emoji. What is no syllable
// stays as it is, separators go. A character with two common readings has the second in the other lane.
import { pictures } from '../emoji/pictures.ts';
import { reserve, type TextBuffer } from '../text-buffer.ts';
import {
  addTrait,
  DIGIT,
  isPicture,
  LETTER,
  LOOKALIKE,
  lookalikes,
  PAIR,
  PICTURE,
  pointAt,
  SEPARATOR,
  TONED,
  traits,
} from '../traits.ts';
import { parsed, parseLetters } from './parse-letters.ts';
import { FIRST_SYLLABLE, LAST_PRIVATE, otherSyllables, syllables, unitOf } from './syllables.ts';

const TONES = 'āaáaǎaàaēeéeěeèeīiíiǐiìiōoóoǒoòoūuúuǔuùuǖvǘvǚvǜvüv';
const letterOf = new Uint8Array(65536);
for (let letter = 0; letter < 26; letter++) letterOf[0x61 + letter] = letter;
for (let at = 0; at < TONES.length; at += 2) {
  letterOf[TONES.charCodeAt(at)] = TONES.charCodeAt(at + 1) - 0x61;
  addTrait([TONES.charCodeAt(at)], TONED);
}

/** What a private use character of the text becomes: it must not be taken for a syllable. */
const STRANGER = 0xfffd;
/** v and w by themselves beside a character are 微. */
const SHORT = new Map([...'vw'].map((letter) => [letter.charCodeAt(0), unitOf('wei')]));
/** The most syllables of an emoji's word. */
const LONGEST = 3;
const UNSOUNDED = SEPARATOR | PAIR | LETTER | TONED | LOOKALIKE | PICTURE;

/** Replaces what `out` holds; its map points into `folded`. */
export function readAloud(folded: TextBuffer, out: TextBuffer): void {
  const { units: source, length } = folded;
  reserve(out, LONGEST * length);
  const { units, from, to, alternate } = out;
  out.length = 0;
  out.plain = 0;
  out.alternates = false;
  for (let at = 0; at < length; at++) {
    const unit = source[at] as number;
    if (((traits[unit] as number) & UNSOUNDED) !== 0) {
      at = readOther(folded, out, at) - 1;
      continue;
    }
    const syllable = syllables[unit] as number;
    const shown = syllable === 0 ? plainUnit(unit) : syllable;
    const other = otherSyllables[unit] as number;
    const index = out.length++;
    if (other !== 0) out.alternates = true;
    units[index] = shown;
    alternate[index] = other === 0 ? shown : other;
    from[index] = at;
    to[index] = at + 1;
  }
}

const plainUnit = (unit: number): number =>
  unit >= FIRST_SYLLABLE && unit <= LAST_PRIVATE ? STRANGER : unit;

/** Returns where the next character begins. */
function readOther(folded: TextBuffer, out: TextBuffer, at: number): number {
  const unit = folded.units[at] as number;
  const trait = traits[unit] as number;
  if ((trait & (LETTER | TONED)) !== 0) return readLetters(folded, out, at);
  if ((trait & LOOKALIKE) !== 0) {
    const looksLike = lookalikes[unit] as number;
    appendSound(out, looksLike, { from: at, to: at + 1 });
    return at + 1;
  }
  const point = (trait & PAIR) === 0 ? unit : pointAt(folded.units, at, folded.length);
  const next = at + (point > 0xffff ? 2 : 1);
  const picture = pictures.get(point);
  if (picture !== undefined)
    for (let index = 0; index < picture.word.length; index++)
      appendPicture(out, picture.word.charCodeAt(index), picture.other.charCodeAt(index), {
        from: at,
        to: next,
      });
  else if ((trait & SEPARATOR) === 0 && !isPicture(point))
    for (let half = at; half < next; half++)
      append(out, folded.units[half] as number, { from: at, to: next });
  return next;
}

interface Place {
  readonly from: number;
  readonly to: number;
}

function append(out: TextBuffer, unit: number, { from, to }: Place): void {
  out.units[out.length] = unit;
  out.alternate[out.length] = unit;
  out.from[out.length] = from;
  out.to[out.length++] = to;
}

function appendSound(out: TextBuffer, character: number, place: Place): void {
  const syllable = syllables[character] as number;
  append(out, syllable === 0 ? plainUnit(character) : syllable, place);
}

function appendPicture(out: TextBuffer, character: number, other: number, place: Place): void {
  appendSound(out, character, place);
  const second = syllables[other] as number;
  if (other === character || second === 0) return;
  out.alternate[out.length - 1] = second;
  out.alternates = true;
}

const letters = new Uint8Array(128);

/** A run of letters: as syllables when it is pinyin throughout, else as it is. */
function readLetters(folded: TextBuffer, out: TextBuffer, start: number): number {
  const { units, length } = folded;
  let end = start;
  for (; end < length && ((traits[units[end] as number] as number) & (LETTER | TONED)) !== 0; end++)
    if (end - start < letters.length) letters[end - start] = letterOf[units[end] as number] as number;
  const short = end === start + 1 ? SHORT.get(units[start] as number) : undefined;
  if (short !== undefined && standsBesideCharacter(folded, start)) {
    append(out, short, { from: start, to: end });
    return end;
  }
  const count = parseLetters(letters, end - start);
  if (count === 0) {
    for (let at = start; at < end; at++) append(out, units[at] as number, { from: at, to: at + 1 });
    return end;
  }
  let from = start;
  for (let index = 0; index < count; index++) {
    const to = start + (parsed.ends[index] as number);
    append(out, parsed.units[index] as number, { from, to });
    from = to;
  }
  return skipToneNumber(folded, end);
}

function standsBesideCharacter({ units, length }: TextBuffer, at: number): boolean {
  return (
    (at > 0 && syllables[units[at - 1] as number] !== 0) ||
    (at + 1 < length && syllables[units[at + 1] as number] !== 0)
  );
}

/** `bao3ben3`: one digit from 1 to 5. */
function skipToneNumber({ units, length }: TextBuffer, at: number): number {
  if (at >= length) return at;
  const unit = units[at] as number;
  const isLast = at + 1 >= length || ((traits[units[at + 1] as number] as number) & DIGIT) === 0;
  return unit >= 0x31 && unit <= 0x35 && isLast ? at + 1 : at;
}
