// Many terms, one pass: an Aho-Corasick automaton in flat typed arrays. Building is linear in the terms' length after one sort.
// States are numbered breadth first, so that the children of a state are neighbours and one number says where they begin.
import { buildGate, type Gate } from './gate.ts';

export interface Automaton {
  /** Unit → child of the root, 0 = none. */
  readonly root: Int32Array;
  /** State → its first child; its children end where those of the next state begin. One entry more than there are states. */
  readonly firstChild: Int32Array;
  /** State → the unit that leads to it. Children are in ascending order. */
  readonly unit: Uint16Array;
  /** State → the state of its longest proper suffix. */
  readonly fail: Int32Array;
  /** State → the nearest state on its suffix chain, itself included, that ends a term; 0 = none. */
  readonly ending: Int32Array;
  /** State → index of the term that ends there, -1 = none. */
  readonly term: Int32Array;
  /** Term → its length in units. */
  readonly termLength: Int32Array;
  readonly states: number;
  readonly gate: Gate;
}

/** `terms` are distinct and not empty; occurrences are reported by their index. */
export function buildAutomaton(terms: readonly string[]): Automaton {
  const order = Uint32Array.from(terms.keys());
  const sorted = order.sort((a, b) => compare(terms[a] as string, terms[b] as string));
  const trie = buildTrie(terms, sorted);
  return {
    ...trie,
    ...linkSuffixes(trie),
    termLength: Int32Array.from(terms, (term) => term.length),
    gate: buildGate(trie),
  };
}

export interface Trie {
  readonly root: Int32Array;
  readonly firstChild: Int32Array;
  readonly unit: Uint16Array;
  readonly parent: Int32Array;
  readonly term: Int32Array;
  readonly states: number;
}

/** Code unit order, which is also the order of the children. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Each state is a range of the sorted terms that share a prefix; its children split the range by the next unit. */
function buildTrie(terms: readonly string[], sorted: Uint32Array): Trie {
  const most = terms.reduce((sum, term) => sum + term.length, 1);
  const root = new Int32Array(65536);
  const firstChild = new Int32Array(most + 1);
  const unit = new Uint16Array(most);
  const parent = new Int32Array(most);
  const term = new Int32Array(most).fill(-1);
  const low = new Uint32Array(most);
  const high = new Uint32Array(most);
  const depth = new Uint16Array(most);
  const termAt = (position: number): string => terms[sorted[position] as number] as string;
  let states = 1;
  high[0] = sorted.length;
  for (let state = 0; state < states; state++) {
    firstChild[state] = states;
    const end = high[state] as number;
    const at = depth[state] as number;
    let next = low[state] as number;
    // A term that ends here sorts before those that go on.
    if (next < end && termAt(next).length === at) term[state] = sorted[next++] as number;
    while (next < end) {
      const child = states++;
      const leading = termAt(next).charCodeAt(at);
      unit[child] = leading;
      parent[child] = state;
      depth[child] = at + 1;
      low[child] = next;
      while (next < end && termAt(next).charCodeAt(at) === leading) next++;
      high[child] = next;
      if (state === 0) root[leading] = child;
    }
  }
  firstChild[states] = states;
  return {
    root,
    firstChild: firstChild.slice(0, states + 1),
    unit: unit.slice(0, states),
    parent: parent.slice(0, states),
    term: term.slice(0, states),
    states,
  };
}

/** Breadth-first numbering means that a state's suffix is numbered before it. */
function linkSuffixes(trie: Trie): { fail: Int32Array; ending: Int32Array } {
  const fail = new Int32Array(trie.states);
  const ending = new Int32Array(trie.states);
  for (let state = 1; state < trie.states; state++) {
    const parent = trie.parent[state] as number;
    if (parent !== 0) fail[state] = follow(trie, fail, fail[parent] as number, trie.unit[state] as number);
    ending[state] = (trie.term[state] as number) >= 0 ? state : (ending[fail[state] as number] as number);
  }
  return { fail, ending };
}

/** The longest suffix of `from` that goes on with `unit`. */
function follow(trie: Trie, fail: Int32Array, from: number, unit: number): number {
  for (let state = from; state !== 0; state = fail[state] as number) {
    const child = findChild(trie, state, unit);
    if (child !== 0) return child;
  }
  return trie.root[unit] as number;
}

/** The child of `state` by `unit`, 0 = none. */
function findChild(trie: Trie, state: number, unit: number): number {
  let low = trie.firstChild[state] as number;
  let high = trie.firstChild[state + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = trie.unit[middle] as number;
    if (found === unit) return middle;
    if (found < unit) low = middle + 1;
    else high = middle;
  }
  return 0;
}
