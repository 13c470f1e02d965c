// Generated files are committed; a CRD that was changed without `npm run generate` fails here.
import { expect, test } from 'vitest';
import { generateTypes } from './generate-types.ts';
import { CRD_FOLDER } from './load-crds.ts';

test('the generated types are those of the CRDs', async () => {
  const files = await generateTypes(CRD_FOLDER);
  expect(files.length).toBeGreaterThan(1);
  expect(files.filter((file) => file.stale).map((file) => file.path)).toEqual([]);
});
