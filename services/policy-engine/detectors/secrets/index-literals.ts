// Which of many words a text holds, in one pass: asking for each of a hundred would cost more than all the rest of a message.

interface Owner {
  readonly literals: readonly string[];
  readonly number: number;
}

interface Literal {
  readonly literal: string;
  readonly numbers: readonly number[];
}

/** Gives a function that tells, of a text, the numbers of those owners of which a literal occurs. A literal has two units or more. */
export function indexLiterals(owners: readonly Owner[]): (text: string) => ReadonlySet<number> {
  const beginnings = new Uint8Array(0x10000);
  const byPair = new Map<number, Literal[]>();
  for (const literal of new Set(owners.flatMap(({ literals }) => literals))) {
    const numbers = owners.filter(({ literals }) => literals.includes(literal)).map(({ number }) => number);
    const pair = pairAt(literal, 0);
    byPair.set(pair, [...(byPair.get(pair) ?? []), { literal, numbers }]);
    beginnings[literal.charCodeAt(0)] = 1;
  }
  return (text) => {
    let said: Set<number> | undefined;
    for (let at = 0; at + 1 < text.length; at++)
      if (beginnings[text.charCodeAt(at)] === 1) {
        const here = byPair.get(pairAt(text, at))?.filter(({ literal }) => text.startsWith(literal, at));
        if (here !== undefined && here.length > 0) said = addAll(here, said);
      }
    return said ?? NOTHING_SAID;
  };
}

function addAll(here: readonly Literal[], said = new Set<number>()): Set<number> {
  for (const { numbers } of here) for (const number of numbers) said.add(number);
  return said;
}

const NOTHING_SAID: ReadonlySet<number> = new Set();

const pairAt = (text: string, at: number): number => text.charCodeAt(at) * 0x10000 + text.charCodeAt(at + 1);
