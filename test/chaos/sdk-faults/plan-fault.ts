// What goes wrong with one call of the SDK: chosen by chance from everything that a hostile library, a broken network and WeCom itself can do.
import { type Behaviour, DEADLY, LYING, STUCK, TRESPASSING } from '@menshen/sdk-stub/behaviours';
import type { SeededRandom } from '@menshen/wecom-simulator/seeded-random';

/** What becomes of an answer on the wire. */
export type WireTrouble =
  | 'gateway-page'
  | 'not-json'
  | 'no-body'
  | 'cut'
  | 'closed'
  | 'reset'
  | 'drip'
  | 'late'
  | 'lower-case-range'
  | 'no-range'
  | 'wrong-range';

export type PlannedFault =
  /** The library does it, told by the answer. */
  | { readonly kind: 'library'; readonly name: Behaviour }
  | { readonly kind: 'wire'; readonly name: WireTrouble }
  | { readonly kind: 'errcode'; readonly name: `errcode ${number}`; readonly errcode: number };

export type Api = 'gettoken' | 'getchatdata' | 'getchatmediadata';

/** How often each is chosen, beside the others of its API. What takes a second or more is rare: it would be all that a run waits for. */
const RARE: Partial<Record<string, number>> = {
  hang: 0.1,
  'hang-deaf': 0.1,
  spin: 0.1,
  balloon: 0.1,
  slow: 0.3,
  late: 0.3,
};

const library = (names: readonly Behaviour[]): PlannedFault[] =>
  names.map((name) => ({ kind: 'library', name }));
const wire = (names: readonly WireTrouble[]): PlannedFault[] => names.map((name) => ({ kind: 'wire', name }));
const errcodes = (codes: readonly number[]): PlannedFault[] =>
  codes.map((errcode) => ({ kind: 'errcode', name: `errcode ${errcode}`, errcode }));

const NETWORK: readonly WireTrouble[] = [
  'gateway-page',
  'not-json',
  'no-body',
  'cut',
  'closed',
  'reset',
  'drip',
  'late',
];
/** Codes that the library may return although nothing was wrong; 10005, 10009 and 10010 would make a believer give a file up. */
const CODES = [-1, 1, 10000, 10001, 10002, 10003, 10005, 10006, 10008, 10009, 10010, 10011, 99999].map(
  (code): Behaviour => `code-${code}`,
);

/** `port`: where nobody but the relay may be called. */
export function faultsOf(api: Api, port: number): readonly PlannedFault[] {
  switch (api) {
    case 'gettoken':
      return [...wire(NETWORK), ...errcodes([-1])];
    case 'getchatdata':
      return [...hostile(port), ...wire(NETWORK), ...errcodes([-1, 40014, 42001])];
    case 'getchatmediadata':
      return [
        ...hostile(port),
        ...wire([...NETWORK, 'lower-case-range', 'no-range', 'wrong-range']),
        ...errcodes([-1, 40014, 42001]),
      ];
  }
}

const hostile = (port: number): PlannedFault[] =>
  library([...DEADLY, ...STUCK, ...TRESPASSING, ...LYING, ...CODES, `call-out-${port}`]);

export function planFault(random: SeededRandom, faults: readonly PlannedFault[]): PlannedFault {
  for (;;) {
    const fault = random.pick(faults);
    if (random.chance(RARE[fault.name] ?? 1)) return fault;
  }
}
