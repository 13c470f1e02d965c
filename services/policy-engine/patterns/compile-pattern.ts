// A pattern of a policy, ready to search: compiled by re2js (RE2 syntax, linear time), with its gate.
import { RE2JS, RE2JSException } from 're2js';
import { createBuffer, readUnits } from '../views/text-buffer.ts';
import type { TextView } from '../views/view.ts';
import { findGate, type Gate } from './find-gate.ts';
import { foldPattern } from './fold-pattern.ts';

export interface Pattern {
  readonly regex: string;
  readonly view: TextView;
  readonly compiled: RE2JS;
  /** What every match contains, as the view shows it; `undefined` when nothing is known. */
  readonly gate: Gate | undefined;
}

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/** Never throws: what RE2 refuses comes back as a message. */
export function compilePattern(regex: string, view: TextView): CompiledPattern {
  try {
    // The pattern as written decides whether it is valid; what folding makes of it must not blur the message.
    const plain = RE2JS.compile(regex);
    if (plain.test('')) return { ok: false, ...MATCHES_EMPTY };
    return {
      ok: true,
      pattern: view.ignoresCase ? compileFolded(regex, view) : asWritten(regex, view, plain),
    };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { ok: false, message: `RE2 refuses the pattern: ${error.message}`, remedy: INVALID_REMEDY };
  }
}

const MATCHES_EMPTY = {
  message: 'the pattern matches the empty text, so it would hit everywhere',
  remedy: 'make it require at least one character',
};
const INVALID_REMEDY =
  'use RE2 syntax (github.com/google/re2/wiki/Syntax): no look-around, no back-references, repeats up to 1000';

function asWritten(regex: string, view: TextView, compiled: RE2JS): Pattern {
  return { regex, view, compiled, gate: findGate(compiled) };
}

function compileFolded(regex: string, view: TextView): Pattern {
  const folded = foldPattern(regex, (character) => showText(view, character));
  // Escapes such as \x41 and \p{Lu} are not folded, so the search itself has to ignore case.
  const compiled = RE2JS.compile(`(?i)${folded}`);
  // Literals written as escapes are folded here. Of a group in which one vanishes nothing is known.
  const gate = findGate(RE2JS.compile(folded))
    ?.map((group) => group.map((literal) => showText(view, literal)))
    .filter((group) => !group.includes(''));
  return { regex, view, compiled, gate: gate?.length === 0 ? undefined : gate };
}

/** What a view shows of a text, as a string. */
function showText(view: TextView, text: string): string {
  const buffer = createBuffer(64);
  view.show(text, buffer);
  return readUnits(buffer, 0, buffer.length);
}
