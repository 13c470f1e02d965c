// Sampling picks messages for review whatever they say. It depends on the policy and the message id only,
// so that every replica, and a replay years later, picks the same.

/** Rule name of findings made by sampling. */
export const SAMPLE_RULE = 'sample';

/** Tells whether a message is among the `percent` picked by the policy. */
export function compileSampling(percent: number, policy: string): (msgid: string) => boolean {
  const seed = hash(policy, 0x811c9dc5);
  const limit = (percent / 100) * 2 ** 32;
  return (msgid) => spread(hash(msgid, seed)) < limit;
}

/** FNV-1a over UTF-16 code units. WeCom chooses the id, so nobody can choose its hash. */
function hash(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

/** MurmurHash3's finaliser: ids that differ in one digit land anywhere in 0…2³²-1. */
function spread(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
