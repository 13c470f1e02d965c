// Characters that are words of grammar more than anything else: pronouns, particles, everyday verbs, numerals. They stand beside each
// other by chance all the time (会给 for 徽记), and hardly anybody writes them to hide a word.

const CHARACTERS =
  '的一是在不了有和人这我以要他来用们到个上下会可发也能过说都去把好还那你看又只没给请让吗呢吧啊哦嗯呀啦嘛跟再才叫真快每找拿打走就对得着等起' +
  '想已最很什么怎样哪谁她它您咱俺自己先后前里外中间时候年月日天号点分今明昨早晚次件块元多少几两二三四五六七八九十百千万嘅咗喺佢哋唔咁啲搵俾畀';

const known = new Set(CHARACTERS);

/** Whether the character is one of those. */
export const isFunctionCharacter = (character: string): boolean => known.has(character);
