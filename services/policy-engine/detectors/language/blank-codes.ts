// Addresses, file names, handles and numbers with letters belong to no language: they are made blanks of the same length.

const FIRST = 0x21;
const LAST = 0x7e;
/** What a run of ASCII must hold to be worth a closer look: digits and `. / @ \\ _ :`. */
const TELLING = buildTelling();
const CODE =
  /[0-9@_\\]|:\/\/|www\.|[a-z0-9]\.(?:com|cn|net|org|io|top|xyz|cc|hk|tw|me|info|html?|pdf|docx?|xlsx?|pptx?|exe|zip|jpe?g|png)(?![a-z])/i;

export function blankCodes(text: string): string {
  let [shown, kept] = ['', 0];
  for (let at = 0; at < text.length; ) {
    let [end, isTelling] = [at, false];
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (unit < FIRST || unit > LAST) break;
      isTelling ||= TELLING[unit] === 1;
    }
    if (isTelling && CODE.test(text.slice(at, end))) {
      shown += text.slice(kept, at) + ' '.repeat(end - at);
      kept = end;
    }
    at = end + 1;
  }
  return kept === 0 ? text : shown + text.slice(kept);
}

function buildTelling(): Uint8Array {
  const telling = new Uint8Array(LAST + 1);
  for (const sign of '0123456789./@\\_:') telling[sign.charCodeAt(0)] = 1;
  return telling;
}
