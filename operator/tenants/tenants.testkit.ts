// Tenants for tests: the CRD's own examples, validated and defaulted as the API server would.
import { readFileSync } from 'node:fs';
import { CRD_FOLDER, loadCrds } from '@menshen/crds/load-crds';
import { readDocuments } from '@menshen/crds/read-documents';
import type { WeComTenant } from '@menshen/crds/types/wecomtenants';
import { createManifestValidator } from '@menshen/crds/validate-manifest';
import { type SettledTenant, settleTenant } from './settled-tenant.ts';

// No rule of WeComTenant needs RE2 rather than RegExp: its patterns are the same in both.
const validate = createManifestValidator({
  kinds: loadCrds(),
  matches: (text, pattern) => new RegExp(pattern).test(text),
});

type Change = (spec: WeComTenant['spec'], tenant: WeComTenant) => void;

/** The example `wecomtenant-<name>.yaml` after `change`, validated. Throws with the problems when it is invalid. */
export function tenantExample(
  name: 'minimal' | 'scaled' | 'finance-sdk',
  change: Change = () => {},
): SettledTenant {
  const text = readFileSync(new URL(`examples/wecomtenant-${name}.yaml`, CRD_FOLDER), 'utf8');
  const [read] = readDocuments(text);
  if (!read?.ok) throw new Error(`unreadable example ${name}`);
  const tenant = read.document.value as WeComTenant;
  change(tenant.spec, tenant);
  const result = validate(read.document, { file: name });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return settleTenant(result.object as WeComTenant);
}
