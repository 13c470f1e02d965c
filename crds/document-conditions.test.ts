// The page of conditions is committed; this fails when the schema or an example was changed without `npm run generate`.
import { expect, test } from 'vitest';
import { documentConditions } from './document-conditions.ts';

const page = documentConditions(new URL('./', import.meta.url));

test('the committed page is current', () => {
  expect(page.stale).toBe(false);
});

test.each(['keywords', 'pattern', 'type', 'size', 'personalData', 'secrets', 'urls'])(
  'it shows %s with its options and an example',
  (name) => {
    const section = page.content.split('\n## ').find((part) => part.startsWith(`${name}\n`)) ?? '';
    expect(section).toMatch(/\n\| `\w+`/);
    expect(section).toContain(`- ${name}:`);
  },
);
