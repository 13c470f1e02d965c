// Hostile texts: what readers of facts could be made to spend time on. Their cost must grow with the length and no faster.

const PIECES: Readonly<Record<string, string>> = {
  'one character': 'a',
  digits: '1',
  'digits with blanks': '1 ',
  'groups of digits': '12-',
  'telephone numbers': '13800138000 ',
  'Chinese numerals': '一',
  brackets: '(',
  'zero-width': '\u200b',
  emoji: '😀',
  'at signs': 'a@',
  addresses: 'http://a.com/x ',
  'bare addresses': 'a.com ',
  dots: 'a.',
  schemes: 'http://',
  'private keys': '-----BEGIN PRIVATE KEY-----',
  assignments: 'password=',
  tokens: 'eyJa.',
};
const KIB = 1024;
const SIZES = [16 * KIB, 32 * KIB, 64 * KIB];

export interface WorstRow {
  readonly text: string;
  readonly reader: string;
  /** CPU milliseconds for 16, 32 and 64 KiB; the least of three. */
  readonly ms: readonly number[];
}

export function measureWorst(readers: Readonly<Record<string, (text: string) => unknown>>): WorstRow[] {
  return Object.entries(PIECES).flatMap(([text, piece]) =>
    Object.entries(readers).map(([reader, read]) => ({
      text,
      reader,
      ms: SIZES.map((size) =>
        leastOf(3, () => read(piece.repeat(Math.ceil(size / piece.length)).slice(0, size))),
      ),
    })),
  );
}

function leastOf(times: number, work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** The slowest of each reader, as a table: a curve that doubles is linear. */
export function renderWorst(rows: readonly WorstRow[], shown = 4): string {
  const lines = [...Map.groupBy(rows, ({ reader }) => reader).values()].flatMap((group) =>
    [...group]
      .sort((a, b) => (b.ms.at(-1) ?? 0) - (a.ms.at(-1) ?? 0))
      .slice(0, shown)
      .map(
        ({ reader, text, ms }) =>
          `${reader.padEnd(13)} ${text.padEnd(20)} ${ms.map((one) => one.toFixed(1).padStart(7)).join(' ')} ms`,
      ),
  );
  return ['reader        64 KiB and less of      16 KiB  32 KiB  64 KiB', ...lines].join('\n');
}
