// Random numbers that are the same every time: what fails can be run again.

/** In [0, 1), a linear congruential generator: good enough to choose what to edit. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
