// A tenant's file as a user writes it for `npm run demo -- --tenant FILE` → the same file with what local mode supplies: its namespace, its NATS,
// its ClickHouse, a folder for the record, somebody to tell. What the user wrote stays, so that the file can go to a cluster as it is.
import { parseAllDocuments, stringify } from 'yaml';

type Fields = Record<string, unknown>;

export type LocalisedTenant =
  | { readonly ok: true; readonly yaml: string }
  | { readonly ok: false; readonly problem: string };

/** `like` is the demo's own tenant: where the user's says nothing of messaging, storage and alerting, it is as there. */
export function localiseTenant(text: string, like: string): LocalisedTenant {
  const documents = parseAllDocuments(text).filter((document) => document.contents !== null);
  const [broken] = documents.flatMap((document) => document.errors);
  if (broken !== undefined) return { ok: false, problem: `is not YAML: ${broken.message}` };
  const objects = documents.map((document) => document.toJS() as unknown);
  const tenants = objects.filter((object) => isFields(object) && object['kind'] === 'WeComTenant');
  if (tenants.length !== 1)
    return {
      ok: false,
      problem: `holds ${tenants.length} objects of kind WeComTenant; it must hold one, and may hold the Secrets that it names`,
    };
  const demo = readTenant(like);
  return { ok: true, yaml: objects.map((object) => stringify(localise(object, demo))).join('---\n') };
}

interface LocalTenant {
  readonly namespace: string;
  readonly spec: Fields;
}

function readTenant(yaml: string): LocalTenant {
  const tenant = parseAllDocuments(yaml)[0]?.toJS() as { metadata: { namespace: string }; spec: Fields };
  return { namespace: tenant.metadata.namespace, spec: tenant.spec };
}

function localise(object: unknown, { namespace, spec }: LocalTenant): unknown {
  // What is no object is refused, with its line, where every manifest is checked.
  if (!isFields(object)) return object;
  const metadata = { ...(isFields(object['metadata']) ? object['metadata'] : {}), namespace };
  if (object['kind'] !== 'WeComTenant') return { ...object, metadata };
  const own = isFields(object['spec']) ? object['spec'] : {};
  // In a cluster these name servers of the cluster: none of them is reachable from here.
  const replaced = { messaging: spec['messaging'], storage: spec['storage'] };
  const alerting = own['alerting'] ?? withoutRobots(spec['alerting'] as Alerting);
  return { ...object, metadata, spec: { ...own, ...replaced, alerting } };
}

interface Alerting {
  readonly channels: readonly { readonly name: string; readonly weComRobot?: unknown }[];
  readonly routes: readonly { readonly channels: readonly string[] }[];
}

/** The demo's robot is played by the simulator, which is not there. */
function withoutRobots({ channels, routes }: Alerting): Alerting {
  const left = channels.filter(({ weComRobot }) => weComRobot === undefined);
  const names = new Set(left.map(({ name }) => name));
  return {
    channels: left,
    routes: routes.filter((route) => route.channels.every((name) => names.has(name))),
  };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
