// 10,000 keywords: ours through views, with policies and evidence, against packages that look for them as they are written.
import { evaluate } from '@menshen/policy-engine/evaluate';
import FastScanner from 'fastscan';
import AhoCorasick from 'modern-ahocorasick';
import { asFacts } from './bench-scan.ts';
import { buildManyKeywords, compileViews } from './measure-views.ts';
import { type Contest, type ContestOrder, searchEach, withVersion } from './peer-contest.ts';
import { buildMessages } from './scan-corpus.ts';

const KEYWORDS = 10_000;

/** Of each package, whether a text holds any of the words. Both list every occurrence. */
const PEERS = {
  'modern-ahocorasick': (words: readonly string[]) => {
    const peer = new AhoCorasick([...words]);
    return (text: string) => peer.search(text).length > 0;
  },
  fastscan: (words: readonly string[]) => {
    const peer = new FastScanner(words);
    return (text: string) => peer.search(text).length > 0;
  },
};

export function keywordContest(
  see: readonly string[],
  peer: keyof typeof PEERS,
  { messages, seed }: ContestOrder,
): Contest {
  const keywords = buildManyKeywords(KEYWORDS, seed);
  const texts = buildMessages(messages, keywords, seed + 1);
  const engine = compileViews(keywords, see);
  return {
    what: `${KEYWORDS} keywords, ours in ${see.length === 1 ? `view ${see[0]}` : `${see.length} views`}`,
    peer: withVersion(peer),
    messages,
    ours: searchEach(texts.map(asFacts), (message) => evaluate(engine, message).length > 0),
    theirs: searchEach(texts, PEERS[peer](keywords)),
  };
}
