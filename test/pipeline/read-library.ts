// The policy library, as the demo and the tests judge by it: its files name no namespace, so the policies go where the tenant is.
import { readdirSync, readFileSync } from 'node:fs';
import type { PolicyObject } from '@menshen/operator/policies/select-policies';
import { parse } from 'yaml';

const LIBRARY = new URL('../../deploy/policies/', import.meta.url);

export function readLibrary(): PolicyObject[] {
  return readdirSync(LIBRARY)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => {
      const { metadata, spec } = parse(readFileSync(new URL(file, LIBRARY), 'utf8')) as {
        metadata: { name: string };
        spec: PolicyObject['spec'];
      };
      return { namespace: 'menshen-demo', name: metadata.name, generation: 1, spec };
    });
}
