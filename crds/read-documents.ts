// Splits a YAML file into its documents and remembers the line of every field, so that an error can point at it.
// Reads YAML as kubectl does: `yes`, `on` and the like, unquoted, are booleans, and a field given twice is an error.
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type ScalarTag,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

export interface YamlDocument {
  readonly value: unknown;
  /** 1-based line of the field at `path`, or of the nearest parent that is there. */
  lineOf(path: readonly (string | number)[]): number;
}

export type ReadDocument =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** Every document of `text` that is not empty. A malformed document is a value that says where and why; the others are read. Never throws. */
export function readDocuments(text: string): ReadDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    customTags: (tags) => [kubectlBoolean, ...tags],
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document): ReadDocument[] => {
    const error = document.errors[0];
    if (error !== undefined)
      return [{ ok: false, line: lines.linePos(error.pos[0]).line, message: error.message }];
    const start = isNode(document.contents) ? (document.contents.range?.[0] ?? 0) : 0;
    const lineOf = (path: readonly (string | number)[]): number =>
      lines.linePos(offsetOf(document.contents, path) ?? start).line;
    return convert(() => document.toJS({ maxAliasCount: 1000 }), { lineOf, line: lines.linePos(start).line });
  });
}

function convert(toJS: () => unknown, at: { lineOf: YamlDocument['lineOf']; line: number }): ReadDocument[] {
  try {
    const value = toJS();
    return value === null || value === undefined
      ? []
      : [{ ok: true, document: { value, lineOf: at.lineOf } }];
  } catch (error) {
    // Aliases without an anchor, or so many that the document would explode.
    return [{ ok: false, line: at.line, message: error instanceof Error ? error.message : String(error) }];
  }
}

/** Offset of the deepest field of `path` that is there: of its key in a map, of the item in a list. */
function offsetOf(contents: unknown, path: readonly (string | number)[]): number | undefined {
  let node = contents;
  let offset: number | undefined;
  for (const step of path) {
    const found = isMap(node) ? entryOf(node, step) : isSeq(node) ? itemOf(node, step) : undefined;
    if (found === undefined) break;
    offset = found.offset ?? offset;
    node = found.value;
  }
  return offset;
}

interface Found {
  readonly offset: number | undefined;
  readonly value: unknown;
}

function entryOf(map: YAMLMap, key: string | number): Found | undefined {
  const pair = map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
  return pair && { offset: isScalar(pair.key) ? pair.key.range?.[0] : undefined, value: pair.value };
}

function itemOf(list: YAMLSeq, at: string | number): Found | undefined {
  const value = list.items[Number(at)];
  return value === undefined ? undefined : { offset: isNode(value) ? value.range?.[0] : undefined, value };
}

const kubectlBoolean: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  identify: (value) => typeof value === 'boolean',
  test: /^(?:[Yy]|[Yy]es|YES|[Oo]n|ON|[Nn]|[Nn]o|NO|[Oo]ff|OFF)$/,
  resolve: (text) => /^(?:[Yy]|[Oo][Nn])/.test(text),
};
