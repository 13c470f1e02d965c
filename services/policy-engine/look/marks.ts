// A set of small numbers that is emptied for every message: emptying is one addition.

export interface Marks {
  /** False when it was there already. */
  readonly add: (number: number) => boolean;
  readonly has: (number: number) => boolean;
  readonly clear: () => void;
  /** The numbers, ascending; valid until the next `clear`. */
  readonly sorted: () => readonly number[];
}

/** Numbers below `size`. */
export function createMarks(size: number): Marks {
  // A number is in the set when its stamp is the current one. Stamps are wiped when the counter comes round, which 100,000 messages
  // a second reach in twelve hours.
  const stamps = new Uint32Array(size);
  const members: number[] = [];
  let stamp = 1;
  return {
    add: (number) => {
      if (stamps[number] === stamp) return false;
      stamps[number] = stamp;
      members.push(number);
      return true;
    },
    has: (number) => stamps[number] === stamp,
    clear: () => {
      if (members.length === 0) return;
      members.length = 0;
      if (++stamp === 0xffffffff) {
        stamps.fill(0);
        stamp = 1;
      }
    },
    sorted: () => (members.length > 1 ? members.sort((a, b) => a - b) : members),
  };
}
