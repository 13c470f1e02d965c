// Where a host ends in running text: ASCII names end where Han begins, Chinese names at their top-level domain.
import { COMMON, HAN, isTopLevel, OTHER } from './top-level-domains.ts';

/** Letters of alphabets (Latin, Greek, Cyrillic, Armenian, Georgian, Arabic, Thai, kana, Hangul), digits, hyphen, underscore. */
export const NAME_UNITS =
  'A-Za-z0-9_\\-\\u00aa\\u00b7\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02af\\u0370-\\u058f\\u05d0-\\u06ff\\u0e01-\\u0e5b\\u10a0-\\u10ff\\u1e00-\\u1fff\\u3041-\\u30ff\\uac00-\\ud7a3';
export const HAN_UNITS = '\\u3400-\\u4dbf\\u4e00-\\u9fff\\u3007';

const NAMES = new RegExp(`(?:[${NAME_UNITS}.]|%[2-7][0-9a-fA-F]){1,253}`, 'y');
const HAN_NAMES = new RegExp(
  `[${NAME_UNITS}${HAN_UNITS}]{1,30}(?:\\.[${NAME_UNITS}${HAN_UNITS}]{1,30}){0,8}?\\.(?:${HAN.join('|')}|(?:${[...COMMON].join('|')})(?![${NAME_UNITS}]))`,
  'iy',
);
/** With a scheme before and a path behind, or nothing more, any top-level domain is believed. */
const HAN_WHOLE = new RegExp(
  `[${NAME_UNITS}${HAN_UNITS}]{1,30}(?:\\.[${NAME_UNITS}${HAN_UNITS}]{1,30}){1,8}(?=[/:?#\\s]|$)`,
  'y',
);
const HAN_TOP = new RegExp(`\\.(?:${HAN.join('|')})`, 'y');

/** The end of the host that begins at `start` of an address with a scheme, or undefined when none can. */
export function endOfHost(shown: string, start: number): number | undefined {
  if (shown[start] === '[') {
    const close = shown.indexOf(']', start);
    return close > start && close - start < 48 ? close + 1 : undefined;
  }
  const end = withoutLastDot(shown, start, matchEnd(NAMES, shown, start));
  if (end === undefined) return matchEnd(HAN_NAMES, shown, start) ?? matchEnd(HAN_WHOLE, shown, start);
  const chinese = matchEnd(HAN_TOP, shown, end);
  if (chinese !== undefined) return chinese;
  if (isTopLevel(lastLabel(shown.slice(start, end)))) return end;
  return (isHan(shown, end) ? matchEnd(HAN_NAMES, shown, start) : undefined) ?? end;
}

/** A dot at the end is the sentence's. */
function withoutLastDot(shown: string, start: number, end: number | undefined): number | undefined {
  let last = end ?? start;
  while (last > start && shown[last - 1] === '.') last--;
  return last === start ? undefined : last;
}

/** The end of the longest beginning of `names` that ends in a top-level domain, as an offset into it; undefined when none does. */
export function endOfBareHost(names: string): number | undefined {
  let end = names.length;
  while (end > 0) {
    const host = names.slice(0, end);
    const dot = host.lastIndexOf('.');
    if (dot < 0) return undefined;
    if (isTopLevel(host.slice(dot + 1))) return end;
    // `example.com.Thanks`: the next sentence, not a label.
    if (!/^[A-Z]/.test(host.slice(dot + 1))) return undefined;
    end = dot;
  }
  return undefined;
}

/** Whether a host without a scheme is believed. `hasMore`: a path or port follows. */
export function isBelieved(host: string, hasMore: boolean): boolean {
  const labels = host.split('.');
  const top = labels.at(-1) as string;
  if (!hasMore && isCode(labels)) return false;
  const endsSentence = /^[A-Z][a-z]+$/.test(top) && !/[A-Z]/.test(host.slice(0, 1));
  if (COMMON.has(top.toLowerCase())) return hasMore || !endsSentence;
  if (!OTHER.has(top.toLowerCase())) return isTopLevel(top);
  return (
    hasMore ||
    labels[0]?.toLowerCase() === 'www' ||
    (labels.length > 2 && labels.every((label) => label.length > 1))
  );
}

/** `user.name`, `console.log`: a variable with its field as a programmer writes it; `ASP.NET`, `Mr.Ng`. */
function isCode([name = '', top = '', ...others]: readonly string[]): boolean {
  if (others.length > 0) return false;
  const [first, last] = [name.toLowerCase(), top.toLowerCase()];
  if (TITLES.has(first) || (last === 'net' && PRODUCTS.has(first))) return true;
  return last.length > 2 && !POPULAR.has(last) && VARIABLES.has(first);
}

const TITLES: ReadonlySet<string> = new Set(['mr', 'mrs', 'ms', 'dr', 'prof', 'st']);
const PRODUCTS: ReadonlySet<string> = new Set(['asp', 'vb', 'ado']);
const POPULAR: ReadonlySet<string> = new Set(['com', 'net', 'org', 'top', 'xyz', 'vip']);
const VARIABLES: ReadonlySet<string> = new Set(
  (
    'self this user app obj object data event item file window document console math row col model request response req res config ' +
    'node list map date time page form state props ctx args options params result value key index table order process thread task ' +
    'job client server session'
  ).split(' '),
);

const lastLabel = (host: string): string => host.slice(host.lastIndexOf('.') + 1);
const HAN_UNIT = new RegExp(`[${HAN_UNITS}]`);
const isHan = (shown: string, at: number): boolean => HAN_UNIT.test(shown[at] ?? '');

function matchEnd(pattern: RegExp, shown: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(shown) ? pattern.lastIndex : undefined;
}
