// What an expression may cost: it goes through each list and text of a message a bounded number of times, one for each part of it. What would
// go through one of them inside another is refused, so that no message is expensive because it is long.
import type { ASTNode } from '@marcbachmann/cel-js';
import { VARIABLES } from './expression-environment.ts';

export type Estimate =
  | { readonly ok: true /** Names of variables that it reads. */; readonly names: ReadonlySet<string> }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
/** As large in every message. Everything else is as large as the message makes it. */
const SMALL: ReadonlySet<string> = new Set(['messageType', 'direction', 'conversation', 'sender']);
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['matches', 'use a pattern condition, whose time is linear, or contains, startsWith and endsWith'],
]);

export function estimateCost(expression: ASTNode): Estimate {
  const names = new Set<string>();
  const problem = visit(expression, { names, inside: false });
  return problem === undefined ? { ok: true, names } : { ok: false, ...problem };
}

interface Problem {
  readonly message: string;
  readonly remedy: string;
}

interface Walk {
  readonly names: Set<string>;
  /** Within the body of a macro. */
  readonly inside: boolean;
}

function visit(node: ASTNode, walk: Walk): Problem | undefined {
  if (node.op === 'id') return visitName(node.args, walk);
  if (node.op !== 'rcall' && node.op !== 'call') return visitAll(childrenOf(node.args), walk);
  const [name] = node.args;
  const remedy = REFUSED.get(name);
  if (remedy !== undefined) return { message: `${name} is not allowed in an expression`, remedy };
  if (node.op === 'call') return visitAll(childrenOf(node.args), walk);
  const [, receiver, body] = node.args;
  return visit(receiver, walk) ?? visitAll(body, { ...walk, inside: walk.inside || MACROS.has(name) });
}

function visitName(name: string, { names, inside }: Walk): Problem | undefined {
  names.add(name);
  if (!inside || !LARGE.has(name)) return undefined;
  return {
    message: `${name} is read anew for every item of another list: the cost would grow with the square of the message`,
    remedy:
      'go through one list, and split what needs two into two conditions under all; a loop variable needs a name of its own',
  };
}

const LARGE: ReadonlySet<string> = new Set(Object.keys(VARIABLES).filter((name) => !SMALL.has(name)));

function visitAll(nodes: readonly ASTNode[], walk: Walk): Problem | undefined {
  for (const node of nodes) {
    const problem = visit(node, walk);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Arguments are nodes, names and lists of either, by operator. */
function childrenOf(part: unknown): ASTNode[] {
  if (Array.isArray(part)) return part.flatMap(childrenOf);
  return isNode(part) ? [part] : [];
}

const isNode = (part: unknown): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part;
