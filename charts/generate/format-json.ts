// JSON as the tree's formatter would leave it, so that a generated file passes the same check as a written one: objects over several lines,
// lists on one line where they fit.
const WIDTH = 110;

export function formatJson(value: unknown): string {
  return `${print(value, '', 0)}\n`;
}

/** `taken`: columns of the line that are used already, and by the comma behind. */
function print(value: unknown, indent: string, taken: number): string {
  if (Array.isArray(value)) return printList(value, indent, taken);
  if (value !== null && typeof value === 'object') return printObject(value, indent);
  return JSON.stringify(value);
}

function printObject(value: object, indent: string): string {
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  if (entries.length === 0) return '{}';
  const inner = `${indent}  `;
  const lines = entries.map(([key, held]) => {
    const start = `${inner}${JSON.stringify(key)}: `;
    return `${start}${print(held, inner, start.length + 1)}`;
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function printList(value: readonly unknown[], indent: string, taken: number): string {
  if (value.length === 0) return '[]';
  const inner = `${indent}  `;
  const isFlat = value.every((held) => held === null || typeof held !== 'object');
  const flat = `[${value.map((held) => JSON.stringify(held)).join(', ')}]`;
  if (isFlat && taken + flat.length <= WIDTH) return flat;
  return `[\n${value.map((held) => `${inner}${print(held, inner, inner.length + 1)}`).join(',\n')}\n${indent}]`;
}
