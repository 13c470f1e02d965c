// The curve of the worst inputs: floods of one kind of text at growing length, through every view. CPU time, so that a busy machine does
// not bend it. Linear means that eight times the text takes about eight times as long.
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import { views } from '@menshen/policy-engine/views/registry';
import { asFacts } from './bench-scan.ts';

const LENGTHS = [8_192, 16_384, 32_768, 65_536];
const ROUNDS = 5;
const TERMS = [
  '保本',
  '内幕消息',
  '加微信',
  '赚钱',
  '违法',
  '12345',
  '返15个点',
  'password',
  'risk free',
  '方案',
];
const FLOODS: Readonly<Record<string, string>> = {
  'one character': '国',
  'one term': '保本',
  'a term, parted': '保 本 ',
  'parts of characters': '氵去',
  numerals: '一',
  pinyin: 'baoben',
  'letters that are no pinyin': 'x',
  leet: 'p4',
  'emoji with a meaning': '💰',
  'emoji without': '😀',
  brackets: '((((',
  'zero width': '保\u200b\u200b\u200b',
  'combining marks': 'a\u0336\u0301',
  lookalikes: 'ра',
  'addresses, bare': 'https://a.cn/x ',
};

export interface Flood {
  readonly of: string;
  /** Microseconds of CPU by length of the text in UTF-16 units. */
  readonly microseconds: Readonly<Record<number, number>>;
  /** Time per unit at the greatest length, by that at the smallest: 1 is linear. */
  readonly growth: number;
}

export function measureFloods(): Flood[] {
  const keywords = { terms: TERMS, see: views.map(({ name }) => name) };
  const spec = { rules: [{ name: 'all', any: [{ keywords }] }] };
  const { engine } = compilePolicySet([{ namespace: 'bench', name: 'floods', spec }], new Map());
  return Object.entries(FLOODS).map(([of, piece]) => {
    const times = LENGTHS.map((length) => {
      const message = asFacts(piece.repeat(Math.ceil(length / piece.length)).slice(0, length), 0);
      return Math.min(...Array.from({ length: ROUNDS }, () => cpuOf(() => evaluate(engine, message))));
    });
    const [least = 1] = times;
    const growth = ((times.at(-1) ?? 0) / least / (LENGTHS.at(-1) ?? 1)) * (LENGTHS[0] ?? 1);
    return {
      of,
      microseconds: Object.fromEntries(LENGTHS.map((length, index) => [length, times[index] ?? 0])),
      growth: Number(growth.toFixed(2)),
    };
  });
}

/** Of this thread and the collector's. */
function cpuOf(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
