// The archive is an OCI image layout: whatever it names is in it, under its own hash.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packLayer, writeImages } from './write-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'menshen-oci-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const content = join(folder, 'content');
mkdirSync(join(content, 'bin'), { recursive: true });
writeFileSync(join(content, 'bin/program'), 'x', { mode: 0o755 });
symlinkSync('../bin/program', join(content, 'bin/link'));

test('the same content is the same layer; it lies below the folder it is meant for, links as they are', async () => {
  const [first, second] = [
    await packLayer({ file: join(folder, 'a.tar'), folder: content, below: 'app' }),
    await packLayer({ file: join(folder, 'b.tar'), folder: content, below: 'app' }),
  ];
  expect(first.digest).toBe(second.digest);
  const listed = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', first.file], {
    encoding: 'utf8',
  });
  expect(listed).toMatch(/-rwxr-xr-x 0\/0 .* app\/bin\/program\n/);
  expect(listed).toContain('app/bin/link -> ../bin/program\n');
});

test('whatever the index names is there, and is what it says; a shared layer is there once', async () => {
  const layer = await packLayer({ file: join(folder, 'layer.tar'), folder: content });
  const archive = join(folder, 'images.tar');
  const config = { Env: ['A=1'], Entrypoint: ['/bin/program'] };
  await writeImages(archive, [
    { name: 'example.com/one:1', layers: [layer], config },
    { name: 'example.com/two:1', layers: [layer], config },
  ]);
  const opened = join(folder, 'opened');
  mkdirSync(opened);
  execFileSync('tar', ['--extract', '--file', archive, '--directory', opened]);
  const read = (path: string) => JSON.parse(readFileSync(join(opened, path), 'utf8'));
  const blob = ({ digest, size }: Descriptor): string => {
    const path = `blobs/${digest.replace(':', '/')}`;
    const bytes = readFileSync(join(opened, path));
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
    expect(bytes.length).toBe(size);
    return path;
  };
  expect(read('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
  const index = read('index.json').manifests as Descriptor[];
  expect(index.map(({ annotations }) => annotations?.['io.containerd.image.name'])).toEqual([
    'example.com/one:1',
    'example.com/two:1',
  ]);
  for (const entry of index) {
    const manifest = read(blob(entry)) as { config: Descriptor; layers: Descriptor[] };
    expect(manifest.layers.map(({ digest }) => digest)).toEqual([layer.digest]);
    for (const one of manifest.layers) blob(one);
    expect(read(blob(manifest.config))).toMatchObject({
      os: 'linux',
      config,
      rootfs: { diff_ids: [layer.digest] },
    });
  }
});
