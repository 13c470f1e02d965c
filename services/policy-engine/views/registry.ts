// Every view there is. The order decides which view is named when several see the same hit: the plainest first.
import { emoji } from './emoji.ts';
import { folded } from './folded.ts';
import { initials } from './initials.ts';
import { leet } from './leet.ts';
import { literal } from './literal.ts';
import { numbers } from './numbers.ts';
import { pinyin } from './pinyin.ts';
import { reversed } from './reversed.ts';
import { separators } from './separators.ts';
import { split } from './split.ts';
import type { TextView, View } from './view.ts';

export const views: readonly View[] = [
  literal,
  folded,
  separators,
  emoji,
  numbers,
  leet,
  split,
  pinyin,
  initials,
  reversed,
];

/** Those in which patterns can be searched. */
export const textViews: readonly TextView[] = [literal, folded];
