// Words of everyday English that are pinyin as well. Letters that are only these are English.

const WORDS =
  'a an ban bang bin can chai chi china chop dang dare die dong dune e fan fang fen fin gang go gun had hang hao he hen hi hon hone ' +
  'hue huge juan jun kin lane lei lie line ling linen long lone mai main man mane me men mine ming nan nang ne nine no nun o open pan ' +
  'pang pen pi pie pin pine ping pong ran rang rune run sang sane she shun shine shi shone si sing song suede sun sung tan tang tie ' +
  'tong tune tuna wan wang wane we wen wine women xi ye yen yi you young yuan zen zone zoning woman human mango dancing langue mangle ' +
  'fanfare lunge pence penance finance dance lance ounce genuine genie banana canoe hangar sanguine tango bingo gong gang wandering ' +
  'so to do mo la da ma pa ha ba na ta ya wa';

export const ENGLISH_PINYIN: ReadonlySet<string> = new Set(WORDS.split(' '));
