// The languages of a text, stretch by stretch. A stretch is of one language and script and begins and ends with a letter. Blanks,
// digits, signs, emoji and addresses of the net have no language: they stand between stretches, or inside one that goes on behind them.
import { blankCodes } from './blank-codes.ts';
import { CJK_GROUP, GROUPS, groupOfAstral, groupOfUnit, type ScriptGroup } from './scripts.ts';
import { type ChineseEvidence, tellVariety, weighChinese } from './tell-chinese.ts';
import { scoreLatin, tellArabic, tellCyrillic, tellLatin, UNKNOWN } from './tell-letters.ts';

export interface LanguageSpan {
  /** UTF-16, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** BCP 47: `zh-Hans`, `zh-Hant`, `yue`, `en` …; `und` when it cannot be told. */
  readonly language: string;
  /** ISO 15924; `Hani` for Han characters that both writings have. */
  readonly script: string;
  /** How many letters or characters stand in it. */
  readonly letters: number;
}

/** In order of appearance; stretches of one language and script that stand side by side are one. Pure. */
export function readLanguages(text: string): LanguageSpan[] {
  const stretches = findStretches(text);
  const chinese = judgeChinese(text, stretches);
  const others = stretches.every(isCjk) ? tellNothing : judgeOthers(text, stretches);
  const spans = stretches.map((stretch, index): LanguageSpan => {
    const { start, end, letters } = stretch;
    const { language, script } = chinese[index] ?? others(stretch);
    return { start, end, letters, language, script };
  });
  return spans.length > 1 ? joinAlike(spans) : spans;
}

const isCjk = ({ group }: Stretch): boolean => group === CJK_GROUP;
const tellNothing = (): Told => ({ language: UNKNOWN, script: '' });

interface Stretch {
  /** Number of its {@link GROUPS}. */
  readonly group: number;
  readonly start: number;
  end: number;
  letters: number;
}

/** Sentences end here; letters of many languages may follow each other in one message. */
const SENTENCE_END: ReadonlySet<number> = new Set([...'。！？!?；;\n…'].map((sign) => sign.charCodeAt(0)));
const endsSentence = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  return SENTENCE_END.has(unit) || (unit === DOT && /\s/.test(text.charAt(at + 1)));
};
const DOT = '.'.charCodeAt(0);

/** The stretch that a sign stands behind, unless it ends the sentence. */
const stillOpen = (open: Stretch, text: string, at: number): Stretch | undefined =>
  endsSentence(text, at) ? undefined : open;

function findStretches(text: string): Stretch[] {
  const shown = blankCodes(text);
  const stretches: Stretch[] = [];
  let open: Stretch | undefined;
  let end = 0;
  for (let at = 0; at < shown.length; at = end) {
    const isHigh = (shown.charCodeAt(at) & 0xfc00) === 0xd800;
    const group = isHigh ? groupOfAstral(shown, at) : (groupOfUnit[shown.charCodeAt(at)] as number);
    end = at + (group > 0 && isHigh ? 2 : 1);
    if (group === 0) {
      open = open && stillOpen(open, text, at);
    } else if (open?.group === group) {
      open.end = end;
      open.letters++;
    } else {
      open = { group, start: at, end, letters: 1 };
      stretches.push(open);
    }
  }
  return stretches.length > 1 ? joinShort(stretches, shown) : stretches;
}

/** A short sentence of letters says little: it goes with the one before, on the same line. */
const SHORT_SENTENCE = 12;

function joinShort(stretches: readonly Stretch[], text: string): Stretch[] {
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    const before = joined.at(-1);
    const goesOn =
      before !== undefined &&
      before.group === stretch.group &&
      stretch.group !== CJK_GROUP &&
      Math.min(before.letters, stretch.letters) < SHORT_SENTENCE &&
      !text.slice(before.end, stretch.start).includes('\n');
    if (!goesOn) joined.push(stretch);
    else {
      before.end = stretch.end;
      before.letters += stretch.letters;
    }
  }
  return joined;
}

interface Told {
  readonly language: string;
  readonly script: string;
}

/** What all stretches of a script say together is asked once, however many there are. */
function judgeOthers(text: string, stretches: readonly Stretch[]): (stretch: Stretch) => Told {
  const gather = (group: ScriptGroup): string =>
    stretches
      .filter((stretch) => GROUPS[stretch.group] === group)
      .map(({ start, end }) => text.slice(start, end))
      .join(' ');
  const ofLatin = once(() => scoreLatin(gather('Latn')));
  const ofCyrillic = once(() => tellCyrillic(gather('Cyrl')));
  const ofArabic = once(() => tellArabic(gather('Arab')));
  // One word between Chinese is often there again and again.
  const told = new Map<string, string>();
  const ofWords = (words: string): string => {
    const known = told.get(words) ?? tellLatin(words, ofLatin);
    told.set(words, known);
    return known;
  };
  return ({ group: number, start, end }) => {
    const group = GROUPS[number] as ScriptGroup;
    if (group === 'Latn') return { language: ofWords(text.slice(start, end)), script: group };
    if (group === 'Cyrl') return { language: ofCyrillic(), script: group };
    if (group === 'Arab') return { language: ofArabic(), script: group };
    return { language: BY_SCRIPT[group] ?? UNKNOWN, script: group };
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const BY_SCRIPT: Readonly<Record<string, string>> = {
  Grek: 'el',
  Armn: 'hy',
  Hebr: 'he',
  Deva: 'hi',
  Beng: 'bn',
  Guru: 'pa',
  Gujr: 'gu',
  Taml: 'ta',
  Telu: 'te',
  Knda: 'kn',
  Mlym: 'ml',
  Sinh: 'si',
  Thai: 'th',
  Laoo: 'lo',
  Tibt: 'bo',
  Mymr: 'my',
  Geor: 'ka',
  Hang: 'ko',
  Ethi: 'am',
  Khmr: 'km',
  Mong: 'mn',
  Yiii: 'ii',
};

/**
 * A sentence that shows no marker goes with those around it: whoever writes Cantonese does not change to Mandarin for `好呀`.
 * The writing, simplified or traditional, is that of the whole text where a sentence has no character that tells.
 */
function judgeChinese(text: string, stretches: readonly Stretch[]): (Told | undefined)[] {
  const evidences = stretches.map(({ group, start, end }) =>
    group === CJK_GROUP ? weighChinese(text.slice(start, end)) : undefined,
  );
  const judged = evidences.filter((evidence) => evidence !== undefined);
  const [first] = judged;
  if (first === undefined) return [];
  const whole = judged.length === 1 ? first : sum(judged);
  const ofWhole = tellOne(whole, undefined);
  return evidences.map((evidence) => {
    if (evidence === undefined) return undefined;
    const language = (evidence === whole ? ofWhole : tellOne(evidence, ofWhole)) ?? ofWhole ?? 'cmn';
    return { language: withWriting(language, evidence, whole), script: scriptOf(language, evidence) };
  });
}

function tellOne(evidence: ChineseEvidence, around: string | undefined): string | undefined {
  const { kana, japanese, han, simplified } = evidence;
  if (kana > 0 && kana * 8 >= han) return 'ja';
  const variety = tellVariety(evidence);
  if (variety !== undefined && variety !== 'cmn') return variety;
  if (japanese > 0 && simplified === 0 && variety === undefined) return 'ja';
  if (around === 'ja' && simplified === 0 && variety === undefined) return 'ja';
  return variety;
}

function withWriting(language: string, own: ChineseEvidence, whole: ChineseEvidence): string {
  if (language !== 'cmn') return language;
  const balance = own.traditional - own.simplified;
  return (balance === 0 ? whole.traditional - whole.simplified : balance) > 0 ? 'zh-Hant' : 'zh-Hans';
}

function scriptOf(language: string, { traditional, simplified }: ChineseEvidence): string {
  if (language === 'ja') return 'Jpan';
  if (traditional === simplified) return 'Hani';
  return traditional > simplified ? 'Hant' : 'Hans';
}

function sum(all: readonly ChineseEvidence[]): ChineseEvidence {
  return all.reduce((a, b) => ({
    han: a.han + b.han,
    kana: a.kana + b.kana,
    japanese: a.japanese + b.japanese,
    simplified: a.simplified + b.simplified,
    traditional: a.traditional + b.traditional,
    scores: a.scores.map((score, variety) => score + (b.scores[variety] as number)),
  }));
}

function joinAlike(spans: readonly LanguageSpan[]): LanguageSpan[] {
  const joined: LanguageSpan[] = [];
  for (const span of spans) {
    const before = joined.at(-1);
    if (before?.language !== span.language || isOther(before.script, span.script)) joined.push(span);
    else
      joined[joined.length - 1] = {
        ...before,
        end: span.end,
        letters: before.letters + span.letters,
        script: before.script === 'Hani' ? span.script : before.script,
      };
  }
  return joined;
}

const isOther = (a: string, b: string): boolean => a !== b && a !== 'Hani' && b !== 'Hani';
