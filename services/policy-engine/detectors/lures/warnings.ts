// Whether a phrase stands in a sentence that warns of it: 切勿将验证码告诉任何人, never share the code. Whoever warns, does not lure.

import { matchesOf } from '../matches-of.ts';

/** How far before the phrase a warning may begin, UTF-16 units. */
const REACH = 24;
const WARNING =
  /切勿|请勿|勿将|勿把|勿向|严禁|禁止|不得|不要随意|不要轻易|不要把|不要将|不要给|不要向|不要点|不要加|别把|别点|别加|别信|不会(?:要求|索要|让|叫|主动|向)|不能(?:把|将|给|加)|不可以|不允许|不准|谨防|警惕|小心|当心|提防|防范|防骗|反诈|骗子|诈骗|假冒|冒充|凡是|如有人|若有人|有人(?:让|要求|叫|以)|骗局|套路|唔好(?:俾|將|加|撳|信)|千祈唔好|慎防|提防|never|do not share|don't share|not allowed|beware|warning|scam|fraud|phishing|must not|prohibited|will not ask|won't ask|against policy/i;
const SENTENCE_END = /[。！!\n；;]|\?\s|？/g;
/** Said after it, a warning counts as well: 凡是让你转账的都是骗子. */
const AFTER =
  /(?:都是|就是|属于|均为|是)(?:骗子|诈骗|骗局|假的)|(?:is|are|it's) (?:a |an )?(?:scams?|fraud|fake)|要小心|要警惕|违规|is against policy/i;

export function isWarnedOf(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
): boolean {
  let from = Math.max(0, start - REACH);
  for (const match of matchesOf(SENTENCE_END, text.slice(from, start)))
    from = Math.max(from, start - REACH + match.index + 1);
  // The phrase itself may begin with what looks like a warning, so its own first characters are left out.
  if (WARNING.test(text.slice(from, start))) return true;
  const after = text.slice(end, end + REACH);
  const stop = /[。！!\n]/.exec(after)?.index ?? after.length;
  return AFTER.test(after.slice(0, stop));
}
