// Generated types are committed; this fails when a CRD was changed without `npm run generate`.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { generateTypes } from './generate-types.ts';

const here = new URL('./', import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'menshen-types-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test('the committed types are current', async () => {
  const files = await generateTypes(here);
  expect(files.map(({ path }) => path.replace(/.*\//, ''))).toEqual([
    'compliancepolicies.ts',
    'wecomtenants.ts',
  ]);
  expect(files.filter(({ stale }) => stale).map(({ path }) => path)).toEqual([]);
});

test('a changed CRD makes them stale', async () => {
  mkdirSync(join(scratch, 'types'));
  cpSync(new URL('types/compliancepolicies.ts', here), join(scratch, 'types/compliancepolicies.ts'));
  const crd = readFileSync(new URL('compliancepolicies.yaml', here), 'utf8');
  const write = (text: string): void => writeFileSync(join(scratch, 'compliancepolicies.yaml'), text);
  const folder = pathToFileURL(`${scratch}/`);
  write(crd);
  expect((await generateTypes(folder)).map(({ stale }) => stale)).toEqual([false]);
  write(crd.replace('enum: [Enforce, Shadow]', 'enum: [Enforce, Shadow, Off]'));
  const [file] = await generateTypes(folder);
  expect(file).toMatchObject({
    stale: true,
    content: expect.stringContaining("'Enforce' | 'Shadow' | 'Off'"),
  });
});

test('two shapes under one title are refused', async () => {
  const crd = readFileSync(new URL('compliancepolicies.yaml', here), 'utf8');
  writeFileSync(
    join(scratch, 'compliancepolicies.yaml'),
    crd.replace('title: Near\n', 'title: LexiconRef\n'),
  );
  await expect(generateTypes(pathToFileURL(`${scratch}/`))).rejects.toThrow(
    'two different schemas have the title LexiconRef',
  );
});
