// Which messages a judgement batch is about, as one header: whoever must know what was judged already reads headers, not payloads.
export const JUDGED_HEADER = 'Menshen-Judged';

/** Ascending stream sequences as ranges, each written relative to the one before: `[5,6,7,20]` is `5+2,13`. */
export function encodeSequences(sequences: readonly number[]): string {
  const words: string[] = [];
  let last = 0;
  for (let at = 0; at < sequences.length; ) {
    const first = sequences[at] ?? 0;
    let run = 0;
    while (sequences[at + run + 1] === first + run + 1) run++;
    words.push(run === 0 ? `${first - last}` : `${first - last}+${run}`);
    last = first + run;
    at += run + 1;
  }
  return words.join(',');
}

/** Inverse of {@link encodeSequences}. Throws on text that it did not write. */
export function decodeSequences(text: string): readonly number[] {
  const sequences: number[] = [];
  let last = 0;
  for (const word of text === '' ? [] : text.split(',')) {
    const [step = Number.NaN, run = 0] = word.split('+').map(Number);
    if (!Number.isSafeInteger(step) || !Number.isSafeInteger(run)) throw new Error('not a list of sequences');
    for (let i = 0; i <= run; i++) sequences.push(last + step + i);
    last += step + run;
  }
  return sequences;
}
