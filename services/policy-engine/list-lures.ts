// Lures of a text without a policy, and what its emoji stand for: facts for a person to read, judged by the same code as policies.

import { buildTestFacts } from './build-test-facts.ts';
import { compilePolicySet } from './compile-policy-set.ts';
import type { Hit } from './detector.ts';
import type { LureKind } from './detectors/lures/lure-tables.ts';
import { pictures } from './views/emoji/pictures.ts';

/** Offsets are UTF-16 code units of the original text, ends exclusive. */
export interface ListedLure {
  readonly kind: LureKind;
  readonly start: number;
  readonly end: number;
  /** What the view showed there, and which view it was. */
  readonly seen: string;
  readonly view: string;
}

export interface ListedEmoji {
  readonly start: number;
  readonly end: number;
  readonly emoji: string;
  /** The words it stands for in Chinese chat, the commoner first; none known, none given. */
  readonly meanings: readonly string[];
}

/** Holds an engine of its own: make it once, not for each text. */
export function createLureLister(): (text: string) => ListedLure[] {
  const spec = { rules: [{ name: 'lures', any: [{ lures: {} }] }] };
  const { engine, rejected } = compilePolicySet([{ namespace: 'menshen', name: 'lures', spec }], new Map());
  const condition = engine.rules[0]?.rule.any[0]?.condition;
  if (condition === undefined)
    throw new Error(`the lists of lures do not compile: ${JSON.stringify(rejected)}`);
  return (text) => {
    const isAwake =
      engine.sighting.look(buildTestFacts({ name: '', message: { text }, expect: {} })).length > 0;
    return isAwake ? condition.find(engine.sighting).flatMap(asListed) : [];
  };
}

function asListed(hit: Hit): ListedLure[] {
  if (hit.kind === 'fact') return [];
  const { start, end, seen, view } = hit.span;
  return [{ kind: hit.label.replace('lures.', '') as LureKind, start, end, seen, view }];
}

/** Every emoji, as one sees it: with its skin colour, joined families whole. */
export function listEmoji(text: string): ListedEmoji[] {
  if (!MAY_HOLD_EMOJI.test(text)) return [];
  return [...text.matchAll(/\p{RGI_Emoji}|\p{Emoji_Presentation}|\p{Emoji}\uFE0F|[\u2600-\u27BF]/gv)].map(
    ({ 0: emoji, index }) => {
      // A joined family means none of its members.
      const picture = emoji.includes('\u200d') ? undefined : pictures.get(emoji.codePointAt(0) ?? 0);
      const meanings = picture === undefined ? [] : [...new Set([picture.word, picture.other])];
      return { start: index, end: index + emoji.length, emoji, meanings };
    },
  );
}

/** Asking this first is many times faster, and most texts hold none. */
const MAY_HOLD_EMOJI = /[©®\u203c-\u2bff\u3030\u303d\u3297\u3299\ud83c-\ud83e]/;
