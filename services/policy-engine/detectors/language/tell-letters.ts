// Which language a stretch of letters is, for the scripts that several languages share: Latin, Cyrillic, Arabic.
import { ENGLISH_PINYIN } from '../../views/guards/english-pinyin.ts';
import { allSyllables } from '../../views/pinyin/syllables.ts';
import { COMMON_WORDS } from './common-words.ts';
import { type Profile, readProfile, scoreProfile } from './profile.ts';
import { CYRILLIC_LANGUAGES, CYRILLIC_PROFILES, LATIN_LANGUAGES, LATIN_PROFILES } from './profiles.ts';
import { rememberWords } from './remember-words.ts';

export const UNKNOWN = 'und';

/** Read when the first text asks: most engines never do. */
let latin: Profile | undefined;
let cyrillic: Profile | undefined;

/** `around` scores every stretch of the script in the message, which decides where one alone is too short. */
export function tellLatin(text: string, around: () => Float64Array): string {
  const alone = tellAlone(text);
  return typeof alone === 'string' ? alone : best(latinProfile(), { ...alone, around: around() });
}

/** What a stretch says by itself: its language, or where it is too short for that, the score of each and what the best must exceed. */
type Alone = string | { readonly scores: Float64Array; readonly least: number };

/** Between Chinese the same few words stand again and again: OK, PPT, deadline. */
const tellAlone = rememberWords(judgeAlone);

function judgeAlone(text: string): Alone {
  const words = wordsOf(text);
  const plain = words.filter((word) => !isAcronym(text, word));
  if (plain.length === 0) return UNKNOWN;
  if (isPinyin(plain)) return 'zh-Latn';
  const scores = scoreWords(latinProfile(), plain);
  const letters = plain.reduce((sum, { length }) => sum + length, 0);
  const least = letters < 3 ? COMMON_WORD : 0;
  return letters < SHORT ? { scores, least } : best(latinProfile(), { scores, least });
}

/** By the numbers of the languages in the profile. */
export const scoreLatin = (text: string): Float64Array => scoreWords(latinProfile(), wordsOf(text));

function latinProfile(): Profile {
  latin ??= readProfile(LATIN_LANGUAGES.replace('ms', 'id'), LATIN_PROFILES);
  return latin;
}

/** Letters and habits of spelling tell most languages apart; what they leave is told by profile. */
export function tellCyrillic(text: string): string {
  const lower = text.toLowerCase();
  const told = tellBySigns(CYRILLIC_SIGNS, lower);
  if (told !== undefined) return told;
  cyrillic ??= readProfile(CYRILLIC_LANGUAGES, CYRILLIC_PROFILES);
  const scores = scoreProfile(cyrillic, wordsOf(text));
  const russian = cyrillic.languages.indexOf('ru');
  scores[russian] = (scores[russian] as number) * 1.1 + 20;
  return best(cyrillic, { scores, least: 0 });
}

/** Uyghur and Kazakh write vowels that Arabic leaves out; Persian, Urdu and Sorani have letters of their own. */
export const tellArabic = (text: string): string => tellBySigns(ARABIC_SIGNS, text) ?? 'ar';

/** Language, what speaks for it at each occurrence, and how much; a negative weight speaks against it. */
type Sign = readonly [language: string, sign: RegExp, weight: number];

function tellBySigns(signs: readonly Sign[], text: string): string | undefined {
  const scores = new Map<string, number>();
  for (const [language, sign, weight] of signs)
    scores.set(language, (scores.get(language) ?? 0) + (text.match(sign)?.length ?? 0) * weight);
  const [winner] = [...scores].filter(([, score]) => score >= 1).sort((a, b) => b[1] - a[1]);
  return winner?.[0];
}

const CYRILLIC_SIGNS: readonly Sign[] = [
  ['kk', /[ғқұ]/g, 3],
  ['kk', /ң/g, 2],
  ['kk', /ә/g, 2],
  ['kk', /[өү]/g, 1],
  ['kk', /[іһ]/g, 0.8],
  [
    'kk',
    /[ыі](?![а-я])|ы[мнсрзғқң]|(?:лар|лер|дар|дер|тар|тер|мын|мін|сіз|сыз|ған|ген|ның|нің|шы|ші)(?![а-яәғқңөұүһі])/g,
    0.3,
  ],
  [
    'kk',
    /(?<![а-яәғқңөұүһі])(?:бар|жоқ|мен|сен|біз|сіз|осы|керек|бүгін|кеше|жұмыс|жібер|дейін|бер|жап|жас|кел|бол)/g,
    0.6,
  ],
  ['kk', /[эхцщҗ]/g, -1],
  ['ky', /ң/g, 1.8],
  ['ky', /[өү]/g, 1],
  ['ky', /[өү]{2}/g, 1],
  [
    'ky',
    /(?<![а-я])(?:жана|менен|үчүн|бир|бул|эмес|керек|бар|жок|сен|мен|биз|кандай|рахмат|салам|укугу?)(?![а-я])|(?:ууга|уусу|ынын|тын|дын|луу)(?![а-я])/g,
    1,
  ],
  ['ky', /ы/g, 0.15],
  ['ky', /[әғқұһіҗ]/g, -4],
  ['ky', /[ъщ]/g, -1],
  ['mn', /[өү]/g, 1.5],
  ['mn', /[бвгджзлмнрстхцчшй]э/g, 0.8],
  [
    'mn',
    /аа|оо(?!б|п|р)|уу|ээ|өө|үү|ийн|айн[аы]|эхэл|гүй|чих|ярлал|(?<![а-я])(?:байна|бол|юм|би|чи|манай|танай|сайн|юу|хэд|одоо|хариу|хүн|эрх|бүр|энэ|тэр|болон)(?![а-я])/g,
    1.2,
  ],
  ['mn', /ы(?![нг](?![а-я]))/g, -0.7],
  ['mn', /[әғқңұһіўїєщҗ]/g, -3],
  ['tt', /җ/g, 4],
  ['tt', /[әһ]/g, 1.3],
  ['tt', /[өүң]/g, 0.9],
  ['tt', /[ғқұі]/g, -4],
  ['uk', /[їєґ]/g, 3],
  ['uk', /і/g, 1],
  ['uk', /и[йхмтв]|ся(?![а-я])|(?<![а-я])(?:що|та|це|як|ви|ми)(?![а-я])/g, 0.4],
  ['uk', /[ыэъёәғқңөұүһ]/g, -4],
  ['be', /ў/g, 4],
  ['be', /і/g, 0.7],
  ['be', /дз|ць|[кгх]і|(?<![а-я])(?:што|гэта|калі|як)(?![а-я])/g, 0.8],
  ['be', /[иъщәғқңөұүһ]/g, -4],
  ['tg', /[ҷӣӯ]/g, 4],
  ['uz', /[ҳў]/g, 1.5],
  ['uz', /[іэ]/g, -2],
  ['sr', /[ђћџљњј]/g, 3],
];

const ARABIC_SIGNS: readonly Sign[] = [
  ['ur', /[ٹڈڑںے]/g, 4],
  ['ku', /[ڕڵێ]/g, 4],
  ['ug', /[ېۈۆ]/g, 3],
  ['ug', /ى(?=[ء-ۓە])|[ەۇڭۋ]/g, 2],
  ['ug', /ئ[اەوىۇ]|ھ|غ|چ/g, 1],
  ['ug', /ة|(?<![ء-ۓە])ال|[ذضظثةأإ]/g, -3],
  ['ug', /(?<![ء-ۓە])[اۇىەو](?=[ء-ۓە])|ٴ|[عح]/g, -2],
  ['kk', /ٴ/g, 4],
  ['kk', /ى(?=[ء-ۓە])|[ەۇڭۋ]/g, 2],
  ['kk', /[ېۈھئ]/g, -4],
  ['kk', /(?<![ء-ۓە])[اۇىە](?=[ء-ۓە])/g, 0.5],
  ['kk', /ة|(?<![ء-ۓە])ال(?=[ء-ي]{3})|[ذضظثةأإطصف]/g, -3],
  ['fa', /[پچژگکی]/g, 1.2],
  ['fa', /[ەۇېۈۆڭۋىيك]/g, -1],
];

const SHORT = 12;
/** What a common word of a language is worth beside n-grams, which are worth 13 to 45. */
const COMMON_WORD = 45;
/** Texts in chats of the languages are not equally common; short texts need that. */
const PRIORS: readonly (readonly [language: string, score: number])[] = [
  ['en', 18],
  ['vi', 4],
  ['id', 4],
];

function scoreWords(profile: Profile, words: readonly string[]): Float64Array {
  const { languages } = profile;
  const scores = scoreProfile(profile, words);
  for (const word of words)
    for (const language of COMMON_WORDS.get(word) ?? NO_LANGUAGES) {
      const index = languages.indexOf(language);
      scores[index] = (scores[index] ?? 0) + COMMON_WORD;
    }
  const hasOwnLetters = !words.every(isAscii);
  for (let index = 0; index < languages.length; index++) {
    const own = hasOwnLetters ? countLetters(words, LATIN_LETTERS[languages[index] as string]) * 25 : 0;
    if (own > 0 || (scores[index] as number) > 0) scores[index] = (scores[index] as number) + own;
  }
  for (const [language, prior] of PRIORS) {
    const index = languages.indexOf(language);
    if ((scores[index] ?? 0) > 0) scores[index] = (scores[index] as number) + prior;
  }
  return scores;
}

const NO_LANGUAGES: readonly string[] = [];

/** Letters that hardly any other of the languages has. */
const LATIN_LETTERS: Readonly<Record<string, RegExp>> = {
  vi: /[đơưăạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/g,
  tr: /[ığşİ]/g,
  de: /[ßäü]/g,
  es: /[ñ¿¡]/g,
  pt: /[ãõ]/g,
  fr: /[êèœçûîë]/g,
  it: /[ìòù]/g,
  pl: /[łęąśćńźż]/g,
};

function countLetters(words: readonly string[], letters: RegExp | undefined): number {
  if (letters === undefined) return 0;
  let count = 0;
  for (const word of words) count += word.match(letters)?.length ?? 0;
  return count;
}

/** The language whose score is highest, a quarter of its score `around` added. */
function best(
  { languages }: Profile,
  of: { readonly scores: Float64Array; readonly least: number; readonly around?: Float64Array },
): string {
  let [winner, highest] = [-1, of.least];
  for (let index = 0; index < of.scores.length; index++) {
    const score = (of.scores[index] as number) + (of.around?.[index] ?? 0) / 4;
    if (score > highest) [winner, highest] = [index, score];
  }
  return languages[winner] ?? UNKNOWN;
}

const WORD = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu;
const PLAIN_WORD = /[a-z]+(?:'[a-z]+)*/g;

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Most texts are ASCII, and for those the simple way is several times faster. */
const wordsOf = (text: string): string[] =>
  isAscii(text)
    ? (text.toLowerCase().match(PLAIN_WORD) ?? [])
    : (text.normalize('NFKC').toLowerCase().match(WORD) ?? []).map((word) => word.replaceAll('’', "'"));

/** `VIP`, `PPT`, `HR`: letters that stand for words of any language. */
const isAcronym = (text: string, word: string): boolean =>
  word.length <= 4 && !COMMON_WORDS.has(word) && text.includes(word.toUpperCase()) && !text.includes(word);

const SYLLABLES: ReadonlySet<string> = new Set(allSyllables);
/** Two syllables may be a name, or English. */
const LEAST_SYLLABLES = 3;
/** What other languages hardly write; without it, several words must be of syllables. */
const DISTINCTIVE = /zh|x[iu]|q[iu]|iao|iang|iong|uang|uai/;
const ENOUGH_WORDS = 4;

function isPinyin(words: readonly string[]): boolean {
  let [count, chinese] = [0, 0];
  for (const word of words) {
    const syllables = countSyllables(word);
    if (syllables === 0) return false;
    count += syllables;
    if (!ENGLISH_PINYIN.has(word) && COMMON_WORDS.get(word)?.includes('en') !== true) chinese++;
  }
  if (count < LEAST_SYLLABLES || chinese * 2 <= words.length) return false;
  return DISTINCTIVE.test(words.join(' ')) || words.length >= ENOUGH_WORDS;
}

/** How few syllables a word is made of; 0 when it is not. */
const countSyllables = rememberWords(findSyllables);

function findSyllables(word: string): number {
  const least = [0, ...Array.from({ length: word.length }, () => 0)];
  for (let end = 1; end <= word.length; end++)
    for (let start = Math.max(0, end - 6); start < end; start++) {
      if (start > 0 && least[start] === 0) continue;
      const syllables = (least[start] as number) + 1;
      if (SYLLABLES.has(word.slice(start, end)) && (least[end] === 0 || syllables < (least[end] as number)))
        least[end] = syllables;
    }
  return least[word.length] ?? 0;
}
