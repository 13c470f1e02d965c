// The engines for evaluation: their configuration is what the engines themselves accept.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTool } from '@menshen/engines/tools.mjs';
import { afterAll, describe, expect, test } from 'vitest';
import { helm, type Manifest, render, withoutHelm } from './run-helm.testkit.ts';

const VALUES = ['--values', 'charts/menshen/ci/evaluation-values.yaml'];
const folder = mkdtempSync(join(tmpdir(), 'menshen-evaluation-'));
afterAll(() => rmSync(folder, { recursive: true }));

const named = (manifests: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
};

describe.skipIf(helm.path === undefined)(`engines for evaluation${withoutHelm}`, () => {
  const rendered = helm.path === undefined ? [] : render('menshen', VALUES);

  test('nats-server accepts its configuration, which is durable and below the size of the volume', async () => {
    const text: string = named(rendered, 'ConfigMap', 'menshen-nats')['data']['nats.conf'];
    const file = join(folder, 'nats.conf');
    writeFileSync(file, text.replace('"/data"', JSON.stringify(folder)));
    const { path } = await ensureTool('nats-server');
    const { status, stderr } = spawnSync(path, ['--config', file, '-t'], { encoding: 'utf8' });
    expect(stderr).toContain('is valid');
    expect(status).toBe(0);
    expect(text).toContain('sync_interval: always');
    const gibibytes = (quantity: string): number => Number(/^(\d+)Gi?$/.exec(quantity)?.[1]);
    const volume = named(rendered, 'StatefulSet', 'menshen-nats')['spec'].volumeClaimTemplates[0].spec;
    expect(gibibytes(/max_file_store: (\S+)/.exec(text)?.[1] ?? '')).toBeLessThan(
      gibibytes(volume.resources.requests.storage),
    );
  });

  test('ClickHouse takes its password from the Secret that is named, and from nowhere else', () => {
    const users: string = named(rendered, 'ConfigMap', 'menshen-clickhouse')['data']['users.xml'];
    expect(users).toContain('<password from_env="CLICKHOUSE_PASSWORD"/>');
    expect(users.match(/<password/g)).toHaveLength(1);
    const [container] = named(rendered, 'StatefulSet', 'menshen-clickhouse')['spec'].template.spec.containers;
    expect(container.env).toEqual([
      {
        name: 'CLICKHOUSE_PASSWORD',
        valueFrom: { secretKeyRef: { name: 'evaluation-clickhouse', key: 'password' } },
      },
    ]);
  });

  test.each(['menshen-nats', 'menshen-clickhouse'])(
    '%s lets in pods of Menshen only, and none out',
    (name) => {
      const { spec } = named(rendered, 'NetworkPolicy', name);
      expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
      expect(spec.egress).toBeUndefined();
      for (const { from } of spec.ingress)
        for (const { podSelector } of from)
          expect(podSelector.matchLabels).toEqual({ 'app.kubernetes.io/part-of': 'menshen' });
    },
  );
});
