// The fold table as the scanner reads it: one array look-up for nearly every unit, maps for the rest.
// Built once, at load, from the two generated files: Unicode's foldings, then traditional → simplified.
import { SIMPLIFIED_PAIRS } from './simplified.ts';
import { UNICODE_FOLDS } from './unicode-folds.ts';

/** In {@link singles}: the unit shows nothing. */
export const DROPPED = 0;
/** In {@link singles}: see the maps. U+FFFF is a noncharacter, so that no unit folds to it. */
export const SPECIAL = 0xffff;

/** Unit → unit, {@link DROPPED} or {@link SPECIAL}. */
export const singles = new Uint16Array(65536);
/** Unit that becomes several units → those. */
export const expansions = new Map<number, string>();
/** Combining unit → the mark it becomes. It may compose with what stands before it. */
export const marks = new Map<number, string>();
/** Code point above U+FFFF → what it becomes; empty = dropped; missing = itself. */
export const astrals = new Map<number, string>();

// One item of the notation that is documented at UNICODE_FOLDS.
const ITEM = /^([0-9a-f]+)(?:-([0-9a-f]+))?(\/2)?([=:^])(.*)$/;

const simplified = readSimplified();
fillSingles();
for (const item of UNICODE_FOLDS.split(' ')) readItem(item);

function readSimplified(): Map<number, string> {
  const points = [...SIMPLIFIED_PAIRS];
  const pairs = new Map<number, string>();
  for (let index = 0; index < points.length; index += 2)
    pairs.set(points[index]?.codePointAt(0) ?? 0, points[index + 1] ?? '');
  return pairs;
}

/** Every unit stands for itself, or for its simplified form, until Unicode says otherwise. */
function fillSingles(): void {
  for (let unit = 0; unit < 65536; unit++) singles[unit] = unit;
  singles.fill(SPECIAL, 0xd800, 0xdc00);
  for (const [point, target] of simplified) setTarget(point, target);
}

function setTarget(point: number, target: string): void {
  if (point > 0xffff) astrals.set(point, target);
  else if (target.length === 1) singles[point] = target.charCodeAt(0);
  else if (target.length === 0) singles[point] = DROPPED;
  else {
    singles[point] = SPECIAL;
    expansions.set(point, target);
  }
}

function readItem(item: string): void {
  const [, first = '', last = first, step, kind, targets = ''] = ITEM.exec(item) ?? [];
  const from = Number.parseInt(first, 16);
  const points = targets === '' ? [] : targets.split('.').map((hex) => Number.parseInt(hex, 16));
  const stride = step === undefined ? 1 : 2;
  for (let point = from; point <= Number.parseInt(last, 16); point += stride)
    setFold(point, { kind, targets: points.map((target) => target + point - from) });
}

function setFold(point: number, fold: { kind: string | undefined; targets: number[] }): void {
  const target = fold.targets.map((part) => simplified.get(part) ?? String.fromCodePoint(part)).join('');
  if (fold.kind === '^' && point <= 0xffff) {
    singles[point] = SPECIAL;
    marks.set(point, target);
  } else setTarget(point, target);
}
