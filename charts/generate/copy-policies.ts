// The policy library → files of the chart wecom-tenant, one spec each. Name and namespace are the chart's business.
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

interface Policy {
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A file of the chart for each policy under `library`. Throws when two have one name, or one selects tenants by itself. */
export function copyPolicies(library: URL, target: URL): GeneratedFile[] {
  const policies = readdirSync(library, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort()
    .flatMap((path) => readPolicies(library, path));
  const names = policies.map(({ metadata }) => metadata.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two policies of the library are called ${twice}`);
  return policies.map((policy) => copyPolicy(policy, target));
}

function readPolicies(library: URL, path: string): Policy[] {
  return parseAllDocuments(readFileSync(new URL(path, library), 'utf8'))
    .map((document) => document.toJS() as Policy | null)
    .filter((policy) => policy?.kind === 'CompliancePolicy')
    .filter((policy) => policy !== null);
}

function copyPolicy({ metadata: { name, labels = {} }, spec }: Policy, target: URL): GeneratedFile {
  if (spec['tenants'] !== undefined)
    throw new Error(`${name} of the library selects tenants; the chart does`);
  const text = stringify(spec, {
    aliasDuplicateObjects: false,
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
  });
  const pack = `# Pack ${labels['menshen.dev/pack']}, version ${labels['menshen.dev/pack-version']}.\n`;
  const head = `# Generated from the policy library by charts/generate-charts.ts. Do not edit.\n`;
  return generatedFile(new URL(`${name}.yaml`, target), head + pack + text);
}
