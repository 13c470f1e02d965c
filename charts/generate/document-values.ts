// values.yaml → the table in a chart's README, between two markers, and what else is made of the `# --` and `# @schema` lines above its values.
import { readFileSync } from 'node:fs';
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

export interface DocumentedValue {
  /** `image.repository` */
  readonly path: string;
  readonly fallback: unknown;
  readonly description: string;
  /** What may stand there, beyond the type of the default; JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
}

const BEGIN = '<!-- values: made by charts/generate-charts.ts -->';
const END = '<!-- /values -->';

/** The README of the chart in `folder` with a current table. Throws when a value has no `# --` line, or the README no markers. */
export function documentValues(folder: URL): GeneratedFile {
  const target = new URL('README.md', folder);
  const page = readFileSync(target, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${target.pathname} lacks the lines ${BEGIN} and ${END}`);
  const table = renderTable(readDocumentedValues(readFileSync(new URL('values.yaml', folder), 'utf8')));
  return generatedFile(target, `${page.slice(0, begin)}${BEGIN}\n${table}${page.slice(end)}`);
}

/** Every value of a values.yaml with its default and what its `# --` line says. */
export function readDocumentedValues(text: string): DocumentedValue[] {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new Error('values.yaml is not a map');
  return readMap(document.contents, []);
}

function readMap(map: YAMLMap, path: readonly string[]): DocumentedValue[] {
  // The comment above the first key of a map belongs, for the parser, to the map.
  return map.items.flatMap((pair, index) =>
    readPair(pair, path, index === 0 ? map.commentBefore : undefined),
  );
}

function readPair(pair: Pair, path: readonly string[], above: string | null | undefined): DocumentedValue[] {
  const key = isScalar(pair.key) ? String(pair.key.value) : '';
  const here = [...path, key];
  const comment = (isScalar(pair.key) ? pair.key.commentBefore : undefined) ?? above ?? '';
  const description = describe(comment);
  if (description !== undefined)
    return [
      { path: here.join('.'), fallback: toValue(pair.value), description, schema: readSchema(comment) },
    ];
  if (isMap(pair.value) && pair.value.items.length > 0) return readMap(pair.value, here);
  throw new Error(`${here.join('.')} has no "# --" line that says what it is`);
}

/** What the comment above a key says behind its `--`. */
function describe(comment: string): string | undefined {
  const lines = comment.split('\n').map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith('-- '));
  if (start < 0) return undefined;
  return lines.slice(start).join(' ').replace(/^-- /, '');
}

function readSchema(comment: string): Readonly<Record<string, unknown>> {
  const line = comment.split('\n').findLast((one) => one.trim().startsWith('@schema '));
  return line === undefined ? {} : JSON.parse(line.trim().slice('@schema '.length));
}

function toValue(node: unknown): unknown {
  return node !== null && typeof node === 'object' && 'toJSON' in node && typeof node.toJSON === 'function'
    ? node.toJSON()
    : node;
}

function renderTable(values: readonly DocumentedValue[]): string {
  const rows = values.map(
    ({ path, fallback, description }) =>
      `| \`${path}\` | \`${JSON.stringify(fallback)}\` | ${description.replaceAll('|', '\\|')} |`,
  );
  return `\n| value | default | what it is |\n|---|---|---|\n${rows.join('\n')}\n\n`;
}
