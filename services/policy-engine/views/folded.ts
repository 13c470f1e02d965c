// Case, width, compatibility forms, traditional or simplified writing made equal; invisible characters removed.
import { foldText } from './folding/fold-text.ts';
import type { View } from './view.ts';

export const folded: View = { name: 'Folded', ignoresCase: true, show: foldText };
