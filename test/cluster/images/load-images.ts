// All images of the test, in two archives: what seldom changes is kept in the tool cache, ours is made anew.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toolCache } from '@menshen/engines/tools.mjs';
import { parse } from 'yaml';
import { engineImages, whatEnginesAre } from './engine-images.ts';
import { menshenImage, ROOT } from './menshen-image.ts';
import { writeImages } from './write-image.ts';

export interface ImageNames {
  readonly menshen: string;
  readonly nats: string;
  readonly clickhouse: string;
}

/** As charts/menshen asks for them when nothing else is said. */
export async function namesInChart(): Promise<ImageNames> {
  const read = async (name: string) => parse(await readFile(join(ROOT, 'charts/menshen', name), 'utf8'));
  const [values, chart] = [await read('values.yaml'), await read('Chart.yaml')];
  return {
    menshen: `${values.image.repository}:${chart.appVersion}`,
    nats: values.evaluation.nats.image,
    clickhouse: values.evaluation.clickhouse.image,
  };
}

export interface ImageWork {
  readonly names: ImageNames;
  /** Folder of coredns and pause. */
  readonly built: string;
  /** An empty folder. */
  readonly work: string;
  readonly say: (line: string) => void;
}

/** The archive of everything but Menshen. */
export async function engineArchive(of: Omit<ImageWork, 'work'>): Promise<string> {
  const what = JSON.stringify([of.names, await whatEnginesAre(of)]);
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 12);
  const kept = join(toolCache(), `images-${hash}.tar`);
  if (existsSync(kept)) return kept;
  const folder = await mkdtemp(join(toolCache(), '.images-'));
  try {
    const archive = join(folder, 'images.tar');
    await writeImages(archive, await engineImages({ ...of, work: folder }));
    await rename(archive, kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return kept;
}

/** The archive of Menshen's own image, and the bytes of its layers. Rejects when the tree is not compiled. */
export async function menshenArchive(
  of: ImageWork,
): Promise<{ readonly archive: string; readonly bytes: number }> {
  const image = await menshenImage(of.names.menshen, of.work, of.say);
  const archive = join(of.work, 'menshen.tar');
  await writeImages(archive, [image]);
  return { archive, bytes: image.layers.reduce((sum, layer) => sum + layer.bytes, 0) };
}
