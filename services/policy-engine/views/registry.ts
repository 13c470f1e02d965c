// Every view there is. The order decides which view is named when several see the same hit: the plainest first.
import { folded } from './folded.ts';
import { literal } from './literal.ts';
import type { View } from './view.ts';

export const views: readonly View[] = [literal, folded];
