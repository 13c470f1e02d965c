// What lies inside forwarded records and mixed messages: items whose content is a JSON string of another body, to any depth.
import { parseJsonKeepingIntegers } from './decimal.ts';
import type { RecordItem } from './message.ts';

/** Deeper nesting than this is kept raw: WeCom's client itself stops long before. */
export const MAX_RECORD_DEPTH = 8;

export interface OpenedItem {
  /** `chatrecord.item[3]`, or `chatrecord.item[3].item[0]` when nested. */
  readonly path: string;
  /** Type without its `ChatRecord` prefix, in lower case: text, image, file, video, voice, link, location, mixed, chatrecord … */
  readonly type: string;
  /** The parsed body; `undefined` when the content is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** The content as it came. */
  readonly content: string;
  readonly depth: number;
}

/** Opens every item below `items`, depth first, in order. Never throws: what does not parse has no body. */
export function openItems(items: readonly RecordItem[], path: string, depth = 1): OpenedItem[] {
  return items.flatMap((item, index) => {
    const opened = openItem(item, `${path}.item[${index}]`, depth);
    return [opened, ...openNested(opened)];
  });
}

function openItem(item: RecordItem, path: string, depth: number): OpenedItem {
  const type = item.type.replace(/^ChatRecord/, '').toLowerCase();
  return {
    path,
    type: type === '' ? 'chatrecord' : type,
    body: parseBody(item.content),
    content: item.content,
    depth,
  };
}

function openNested(opened: OpenedItem): OpenedItem[] {
  const nested = opened.body?.item;
  if (!Array.isArray(nested) || opened.depth >= MAX_RECORD_DEPTH) return [];
  return openItems(nested.filter(isRecordItem), opened.path, opened.depth + 1);
}

function isRecordItem(value: unknown): value is RecordItem {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as RecordItem).type === 'string' &&
    typeof (value as RecordItem).content === 'string'
  );
}

function parseBody(content: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseJsonKeepingIntegers(content);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
