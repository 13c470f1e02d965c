// Everything the renderers emit is understood; everything else is refused by name, wherever it stands.

import type { RenderedObject } from '@menshen/operator/tenants/render/manifest-types';
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import { describe, expect, test } from 'vitest';
import { listIgnored } from './list-ignored.ts';
import { listUnsupported } from './supported-fields.ts';
import { tenantExample } from './tenant-example.testkit.ts';

/** What is left out as a whole (list-ignored.test.ts) has no fields to be understood. */
const rendered = (['minimal', 'scaled'] as const)
  .flatMap((name) => renderTenant(tenantExample(name), { image: 'menshen:local' }))
  .filter((object) => listIgnored([object]).length === 0);

interface Place {
  readonly object: RenderedObject;
  readonly path: readonly (string | number)[];
}

/** Every object inside the manifest, except maps whose keys are free. */
function placesOf(object: RenderedObject): Place[] {
  const walk = (value: unknown, path: readonly (string | number)[]): Place[] => {
    if (typeof value !== 'object' || value === null) return [];
    const inner = Object.entries(value).flatMap(([key, child]) =>
      walk(child, [...path, Array.isArray(value) ? Number(key) : key]),
    );
    const isFreeMap = ['labels', 'annotations', 'matchLabels', 'data', 'selector'].includes(
      String(path.at(-1)),
    );
    const isMatchLabels = path.at(-1) === 'selector' && Object.hasOwn(value, 'matchLabels');
    return Array.isArray(value) || (isFreeMap && !isMatchLabels) ? inner : [{ object, path }, ...inner];
  };
  return walk(object, []);
}

function changed(place: Place, change: (at: Record<string, unknown>) => void): RenderedObject {
  const copy = structuredClone(place.object);
  change(
    place.path.reduce<Record<string, unknown>>(
      (at, step) => at[step] as Record<string, unknown>,
      copy as never,
    ),
  );
  return copy;
}

const written = (path: readonly (string | number)[], last: string): string =>
  [...path, last].reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');

test('everything that is rendered is understood', () => {
  expect(rendered.flatMap(listUnsupported)).toEqual([]);
  expect(new Set(rendered.map((object) => object.kind)).size).toBe(4);
});

test('one field too many is refused by name, at every place of every manifest', () => {
  const places = rendered.flatMap(placesOf);
  expect(places.length).toBeGreaterThan(200);
  for (const place of places) {
    const faults = listUnsupported(changed(place, (at) => (at['sidecar'] = 1)));
    expect(faults.map((fault) => fault.field)).toContain(written(place.path, 'sidecar'));
  }
});

test('one field too few is noticed, at every place of every manifest', () => {
  const optional = ['readOnly', 'ownerReferences'];
  for (const place of rendered.flatMap(placesOf)) {
    const at = place.path.reduce<Record<string, unknown>>(
      (o, step) => o[step] as never,
      place.object as never,
    );
    for (const key of Object.keys(at).filter((name) => !optional.includes(name)))
      expect(listUnsupported(changed(place, (copy) => delete copy[key]))).not.toEqual([]);
  }
});

describe('values a laptop cannot obey', () => {
  const deployment = rendered.find((object) => object.kind === 'Deployment') as RenderedObject;
  const pod = ['spec', 'template', 'spec'];
  test.each([
    [[...pod], 'hostNetwork', true, /spec\.template\.spec\.hostNetwork/],
    [[...pod], 'initContainers', [], /initContainers/],
    [[...pod, 'securityContext'], 'runAsNonRoot', false, /runAsNonRoot/],
    [[...pod, 'containers', 0, 'securityContext'], 'readOnlyRootFilesystem', false, /readOnlyRootFilesystem/],
    [[...pod, 'containers', 0], 'command', ['sh'], /containers\[0\]\.command/],
    [[...pod, 'containers', 0, 'ports', 0], 'protocol', 'UDP', /ports\[0\]\.protocol/],
    [['spec'], 'replicas', 'three', /spec\.replicas/],
    [['spec', 'strategy'], 'type', 'Sideways', /spec\.strategy/],
  ])('%j %s = %j', (path, key, value, field) => {
    const faults = listUnsupported(changed({ object: deployment, path }, (at) => (at[key] = value)));
    expect(faults.map((fault) => fault.field).join()).toMatch(field);
  });

  test('a kind of object that is not rendered', () => {
    const job = { ...deployment, kind: 'Job' } as unknown as RenderedObject;
    expect(listUnsupported(job)).toMatchObject([{ field: 'kind' }]);
  });
});
