// The CRD's example tenants, defaulted, for tests of local mode.
import { readFileSync } from 'node:fs';
import { CRD_FOLDER, loadCrds } from '@menshen/crds/load-crds';
import { readDocuments } from '@menshen/crds/read-documents';
import type { WeComTenant } from '@menshen/crds/types/wecomtenants';
import { createManifestValidator } from '@menshen/crds/validate-manifest';
import { type SettledTenant, settleTenant } from '@menshen/operator/tenants/settled-tenant';

const validate = createManifestValidator({
  kinds: loadCrds(),
  matches: (text, pattern) => new RegExp(pattern).test(text),
});

export function tenantExample(name: 'minimal' | 'scaled'): SettledTenant {
  const [read] = readDocuments(
    readFileSync(new URL(`examples/wecomtenant-${name}.yaml`, CRD_FOLDER), 'utf8'),
  );
  const result = read?.ok ? validate(read.document, { file: name }) : undefined;
  if (result?.ok !== true) throw new Error(`invalid example ${name}`);
  return settleTenant(result.object as WeComTenant);
}
