// What stands beside a candidate: whether it goes on there, and whether words nearby say what it is.

/** Words that people write directly before a number: `tel13800138000`. */
const LABELS =
  /(?:^|[^a-z])(?:tel|phone|mobile|mob|cell|call|vx|wx|v|weixin|wechat|whatsapp|no|num|id|card|qq|is|hp|fax)$/;
/** And directly behind it: `13800138000vx同号`. */
const REMARKS = /^(?:vx|wx|v|weixin|wechat|qq|tel|ok|or|and)(?![a-z0-9])/;

/** Whether the stretch is no part of a longer word or number: `a13800138000f` is a hash, `tel13800138000` is not. */
export function standsApart(shown: string, start: number, end: number): boolean {
  return startsApart(shown, start) && endsApart(shown, end);
}

export function startsApart(shown: string, start: number): boolean {
  if (start === 0 || !isWordUnit(shown, start - 1)) return true;
  return LABELS.test(shown.slice(Math.max(0, start - 9), start));
}

export function endsApart(shown: string, end: number): boolean {
  return !isWordUnit(shown, end) || REMARKS.test(shown.slice(end, end + 9));
}

/** A letter of the folded Latin alphabet, a digit or an underscore. */
function isWordUnit(shown: string, at: number): boolean {
  const unit = shown.charCodeAt(at);
  return (unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57) || unit === 95;
}

const BEFORE = 20;
const AFTER = 10;

/** Whether one of the words stands shortly before the stretch or directly behind it. */
export function hasContext(shown: string, start: number, end: number, words: RegExp): boolean {
  return (
    words.test(shown.slice(Math.max(0, start - BEFORE), start)) || words.test(shown.slice(end, end + AFTER))
  );
}

/** Announcements of numbers that are nobody's: orders, parcels, parts. */
const OTHER =
  /(?:单号|订单|运单|流水|编号|序列号|合同|工单|型号|货号|料号|物料|批次|批号|代码|版本|条码|order|serial|ref|model|sku|part|batch|ticket|invoice|version)[^a-z0-9\u4e00-\u9fff]{0,6}(?:是|为|no|number)?[^a-z0-9\u4e00-\u9fff]{0,3}$/;

/** Whether the words before say that the stretch is a number of another sort. */
export function isOtherNumber(shown: string, start: number): boolean {
  return OTHER.test(shown.slice(Math.max(0, start - BEFORE), start));
}
