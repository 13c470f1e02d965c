// Secrets that the operator makes for a tenant: made when missing, written again only when what they must hold has changed, and looked at
// now and then only, because 200 tenants must not be 1,000 requests a pass.
import type { ApiClient } from '../../kube/api-client.ts';
import type { Clock, Random } from '../../kube/clock.ts';
import type { KubeObject } from '../../kube/kube-object.ts';
import { SECRETS } from '../child-resources.ts';
import { objectLabels, ownerReference } from '../render/label-objects.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import type { StepContext } from '../tenant-ports.ts';

export type SecretData = Readonly<Record<string, Uint8Array>>;

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface SecretPorts {
  readonly client: Pick<ApiClient, 'get' | 'patch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly fieldManager: string;
}

export interface WantedSecret {
  readonly tenant: SettledTenant;
  readonly name: string;
  /** Part of the tenant that it is for: `archiver`. */
  readonly component: string;
  /** What it has to hold is another when this is another. */
  readonly wanted: string;
  /** What it is to hold; `found`: what it holds. The same object: it stays as it is. */
  readonly make: (found: SecretData | undefined) => Promise<SecretData>;
}

export interface SecretKeeper {
  /** Whether it was written in this pass. Rejects with ApiError, or with {@link SecretTaken}. */
  keep(wanted: WantedSecret, context: StepContext): Promise<boolean>;
  /** Look at it in the next pass, whatever is remembered. */
  doubt(tenant: SettledTenant, name: string): void;
}

/** A Secret of that name is somebody else's: it is neither used nor overwritten. */
export class SecretTaken extends Error {
  constructor(name: string) {
    super(`Secret ${name} was not made by the operator: rename it, or name it in the spec`);
    this.name = 'SecretTaken';
  }
}

/** A Secret that was deleted, so that its credentials are made anew, is found missing after so long; at once when somebody asks. */
const LOOK_EVERY_MS = 30 * 60_000;
const JITTER = 0.5;

export function createSecretKeeper(ports: SecretPorts): SecretKeeper {
  const known = new Map<string, { readonly wanted: string; readonly dueMs: number }>();
  const keyFor = (tenant: SettledTenant, name: string): string => `${tenant.metadata.uid ?? ''} ${name}`;
  return {
    keep: async (secret, context) => {
      const key = keyFor(secret.tenant, secret.name);
      const { clock, random } = ports;
      const before = known.get(key);
      if (before?.wanted === secret.wanted && !context.isForced && clock.nowMs() < before.dueMs) return false;
      const isWritten = await bringInLine(ports, secret, context.signal);
      known.set(key, {
        wanted: secret.wanted,
        dueMs: clock.nowMs() + LOOK_EVERY_MS * (1 + JITTER * random()),
      });
      return isWritten;
    },
    doubt: (tenant, name) => {
      known.delete(keyFor(tenant, name));
    },
  };
}

async function bringInLine(ports: SecretPorts, secret: WantedSecret, signal: AbortSignal): Promise<boolean> {
  const { tenant, name, make } = secret;
  const at = { namespace: tenant.metadata.namespace, name };
  const live = await ports.client.get<Secret>(SECRETS, at, signal);
  if (live !== undefined && !isOurs(live)) throw new SecretTaken(name);
  // One that a WeComTenant of the same name left behind is about to be collected with it: its users are others.
  const isOwned = live?.metadata.ownerReferences?.some(({ uid }) => uid === tenant.metadata.uid) ?? false;
  const found = live !== undefined && isOwned ? decodeData(live) : undefined;
  const data = await make(found);
  if (data === found) return false;
  await ports.client.patch(SECRETS, at, {
    type: 'Apply',
    body: manifestOf(secret, data),
    fieldManager: ports.fieldManager,
    force: true,
    signal,
  });
  return true;
}

const isOurs = ({ metadata }: Secret): boolean =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'menshen-operator';

function decodeData({ data = {} }: Secret): SecretData {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64')]));
}

function manifestOf({ tenant, name, component }: WantedSecret, data: SecretData): object {
  const owner = ownerReference(tenant);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name,
      namespace: tenant.metadata.namespace,
      labels: objectLabels(tenant, component),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    data: Object.fromEntries(
      Object.entries(data).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]),
    ),
  };
}
