// Makes services/policy-engine/detectors/README.md from the schema of a rule's conditions and the examples in crds/examples: a page
// for policy authors that cannot say what the API server does not accept.
// Written and checked by generate-types.ts, with the types.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

/** As far as the page needs it. */
interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Definition {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
}

type Condition = Readonly<Record<string, unknown>>;

interface Example {
  readonly name: string;
  readonly rules: readonly Readonly<Record<string, readonly Condition[]>>[];
}

/** The page, and whether the one on disk differs. Writes nothing. */
export function documentConditions(crds: URL): { path: string; content: string; stale: boolean } {
  const target = new URL('../services/policy-engine/detectors/README.md', crds);
  const definition = parse(readFileSync(new URL('compliancepolicies.yaml', crds), 'utf8')) as Definition;
  const content = renderPage(conditionsOf(definition), readExamples(new URL('examples/', crds)));
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  return { path: target.pathname, content, stale: current !== content };
}

function conditionsOf(definition: Definition): Readonly<Record<string, Schema>> {
  let schema: Schema | undefined = definition.spec.versions[0]?.schema.openAPIV3Schema;
  for (const field of ['spec', 'rules']) schema = schema?.properties?.[field];
  const conditions = schema?.items?.properties?.['any']?.items?.properties;
  if (conditions === undefined) throw new Error('the schema has no spec.rules[].any[]');
  return conditions;
}

function readExamples(folder: URL): Example[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('compliancepolicy-'))
    .sort()
    .map((name) => {
      const policy = parse(readFileSync(new URL(name, folder), 'utf8')) as { spec: Partial<Example> };
      return { name, rules: policy.spec.rules ?? [] };
    });
}

function renderPage(conditions: Readonly<Record<string, Schema>>, examples: readonly Example[]): string {
  const sections = Object.entries(conditions).map(([name, schema]) => renderSection(name, schema, examples));
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const INTRODUCTION = `<!-- Generated from crds/compliancepolicies.yaml and crds/examples by crds/document-conditions.ts. Do not edit. -->
# Conditions

What a rule can look for. A rule lists conditions under \`any\` (at least one must hit), \`all\` (every one must) and \`not\` (hits that these overlap do not count). The code of each is the file of the same name in this folder.
`;

function renderSection(name: string, schema: Schema, examples: readonly Example[]): string {
  const rows = rowsOf(schema, '');
  const shown = findExamples(name, examples);
  return [
    `## ${name}`,
    '',
    schema.description ?? '',
    '',
    '| option | value | what it does |',
    '|---|---|---|',
    ...rows,
    '',
    ...(shown === '' ? [] : ['```yaml', shown.trimEnd(), '```', '']),
  ].join('\n');
}

function rowsOf(schema: Schema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, option]) => {
    const mark = schema.required?.includes(name) === true ? ' (required)' : '';
    const row = `| \`${prefix}${name}\`${mark} | ${describeValue(option)} | ${cell(option.description ?? '')} |`;
    return [row, ...rowsOf(option, `${prefix}${name}.`)];
  });
}

function describeValue(option: Schema): string {
  if (option.enum !== undefined) return option.enum.map((value) => `\`${value}\``).join(' ');
  if (option.type === 'array' && option.items !== undefined)
    return `list of ${describeValue(option.items)}${option.maxItems === undefined ? '' : `, at most ${option.maxItems}`}`;
  if (option.type === 'integer') return `${option.minimum ?? ''}–${option.maximum ?? ''}`;
  if (option.type === 'string')
    return `text${option.maxLength === undefined ? '' : `, at most ${option.maxLength}`}`;
  return option.type === 'boolean' ? '`true` `false`' : 'object';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** At most so many different uses of a condition. */
const MOST_EXAMPLES = 4;

function findExamples(name: string, examples: readonly Example[]): string {
  const uses = examples.flatMap(({ rules }) =>
    rules.flatMap((rule) =>
      [...(rule['any'] ?? []), ...(rule['all'] ?? [])].filter((condition) => name in condition),
    ),
  );
  const distinct = [...new Set(uses.map((use) => stringify([use], { flowCollectionPadding: true })))];
  return distinct.slice(0, MOST_EXAMPLES).join('');
}
