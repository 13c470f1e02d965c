import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../../kube/clock.testkit.ts';
import { renderRoleConfig } from '../render/render-role-config.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import { issueCredentials } from './issue-credentials.ts';
import { createSecretKeeper } from './keep-secrets.ts';
import { withMadeCredentials } from './name-credentials.ts';
import { permissionsOf } from './nats-permissions.ts';
import { readAccountKey, readCredentials } from './nats-users.ts';
import { type OperatorModeNats, startOperatorModeNats } from './operator-mode.testkit.ts';
import { createSecretStore } from './secret-store.testkit.ts';

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const COMPACT = 'menshen-demo/acme-compact-nats';
const ENTRY = 'nats.creds';

let server: OperatorModeNats;
beforeAll(async () => {
  server = await startOperatorModeNats();
});
afterAll(() => server.close());

function aTenant(change: (tenant: SettledTenant) => void = () => {}): SettledTenant {
  const tenant = tenantExample('minimal', (spec, { metadata }) => {
    spec.messaging.url = server.server.url;
    metadata.uid = 'uid-1';
  });
  change(tenant);
  return tenant;
}

let store = createSecretStore();
let clock = fakeClock();
let wallMs = Date.now();
let issue: (tenant: SettledTenant, options?: { isForced?: boolean }) => ReturnType<typeof issueCredentials>;
beforeEach(() => {
  store = createSecretStore();
  clock = fakeClock();
  wallMs = Date.now();
  const secrets = createSecretKeeper({
    client: store.client,
    clock,
    random: () => 0,
    fieldManager: 'menshen-operator',
  });
  const ports = { secrets, wallClock: { nowMs: () => wallMs }, key: server.key };
  issue = (tenant, { isForced = false } = {}) =>
    issueCredentials(tenant, { isForced, signal: new AbortController().signal }, ports);
});

async function connectWith(credentials: Uint8Array, inboxPrefix: string) {
  return await connect({
    servers: server.server.url,
    authenticator: credsAuthenticator(credentials),
    inboxPrefix,
    reconnect: false,
  });
}

describe('credentials of a tenant', () => {
  it('let each process log in, as the rendered configuration names them', async () => {
    const tenant = withMadeCredentials(
      aTenant(({ spec }) => {
        spec.deployment.profile = 'Scaled';
      }),
      { nats: true, clickhouse: false },
    );
    await issue(tenant);
    const { corpId } = tenant.spec;
    for (const role of ['ingest', 'archiver', 'scanner', 'notifier'] as const) {
      const { config, secrets } = renderRoleConfig(tenant, [role]);
      const ref = secrets.find(({ path }) => path === 'secrets/nats.creds')?.ref;
      expect(config.nats.credentialsFile).toBe('/etc/menshen/secrets/nats.creds');
      expect(ref).toEqual({ name: `acme-${role}-nats`, key: ENTRY });
      const connection = await connectWith(
        store.bytes(`menshen-demo/${ref?.name}`, ENTRY),
        `_INBOX.${corpId}.${role}`,
      );
      expect((await connection.request('$JS.API.INFO')).json()).toMatchObject({ type: expect.any(String) });
      await connection.close();
    }
  });

  it('lie in a Secret that goes with the tenant', async () => {
    await issue(aTenant());
    expect([...store.secrets.keys()]).toEqual([COMPACT]);
    expect(store.secrets.get(COMPACT)?.metadata).toMatchObject({
      ownerReferences: [{ kind: 'WeComTenant', name: 'acme', uid: 'uid-1', controller: true }],
      labels: { 'app.kubernetes.io/managed-by': 'menshen-operator' },
    });
  });

  it('are written once, and looked at again after half an hour', async () => {
    await issue(aTenant());
    expect(store.requests()).toEqual(['get', 'apply']);
    await issue(aTenant());
    expect(store.requests()).toEqual([]);
    clock.jump(HOUR_MS);
    await issue(aTenant());
    expect(store.requests()).toEqual(['get']);
    await issue(aTenant(), { isForced: true });
    expect(store.requests()).toEqual(['get']);
  });

  it.each<[string, () => void, boolean]>([
    ['with 60 days left stay', () => (wallMs += 30 * DAY_MS), false],
    ['with 31 days left stay', () => (wallMs += 59 * DAY_MS), false],
    ['with 29 days left are renewed', () => (wallMs += 61 * DAY_MS), true],
    ['that have expired are renewed', () => (wallMs += 100 * DAY_MS), true],
  ])('%s, for the same user', async (_, pass, isRenewed) => {
    await issue(aTenant());
    const before = store.bytes(COMPACT, ENTRY);
    pass();
    clock.jump(HOUR_MS);
    await issue(aTenant());
    const after = store.bytes(COMPACT, ENTRY);
    expect(Buffer.compare(before, after) !== 0).toBe(isRenewed);
    const seedOf = (bytes: Uint8Array): string =>
      /SU[A-Z2-7]{56}/.exec(new TextDecoder().decode(bytes))?.[0] ?? '?';
    expect(seedOf(after)).toBe(seedOf(before));
    const left = ((await readCredentials(after))?.expiresAtSeconds ?? 0) * 1000 - wallMs;
    expect(left).toBeGreaterThan(30 * DAY_MS - 2000);
  });

  it('are made anew, for another user, when the Secret was deleted', async () => {
    await issue(aTenant());
    const before = store.bytes(COMPACT, ENTRY);
    store.secrets.delete(COMPACT);
    await issue(aTenant(), { isForced: true });
    expect(Buffer.compare(store.bytes(COMPACT, ENTRY), before)).not.toBe(0);
  });

  it('are made anew when somebody broke them', async () => {
    await issue(aTenant());
    const secret = store.secrets.get(COMPACT);
    if (secret !== undefined) secret.data = { [ENTRY]: Buffer.from('not credentials').toString('base64') };
    await issue(aTenant(), { isForced: true });
    expect(await readCredentials(store.bytes(COMPACT, ENTRY))).toBeDefined();
  });

  it('are signed again when the key of the account is another', async () => {
    await issue(aTenant());
    const other = await startOperatorModeNats();
    const secrets = createSecretKeeper({ client: store.client, clock, random: () => 0, fieldManager: 'm' });
    const context = { isForced: false, signal: new AbortController().signal };
    await issueCredentials(aTenant(), context, {
      secrets,
      wallClock: { nowMs: () => wallMs },
      key: other.key,
    });
    expect((await readCredentials(store.bytes(COMPACT, ENTRY)))?.account).toBe(other.key.account);
    await other.close();
  });

  it('that the tenant brings itself are left alone', async () => {
    const tenant = aTenant(({ spec }) => {
      spec.messaging.credentialsSecretRef = { name: 'mine', key: 'creds' };
    });
    expect(await issue(tenant)).toEqual({ conditions: [] });
    expect(store.requests()).toEqual([]);
    const made = withMadeCredentials(tenant, { nats: true, clickhouse: false });
    const { secrets } = renderRoleConfig(made, ['scanner']);
    expect(secrets.find(({ path }) => path === 'secrets/nats.creds')?.ref.name).toBe('mine');
  });

  it('never overwrite a Secret of somebody else', async () => {
    store.secrets.set(COMPACT, { metadata: { name: 'acme-compact-nats' }, data: { mine: 'eA==' } });
    const result = await issue(aTenant());
    expect(result).toMatchObject({
      blocks: true,
      isStalled: true,
      conditions: [{ type: 'StreamReady', status: 'False', reason: 'CredentialsRefused' }],
    });
    expect(store.secrets.get(COMPACT)?.data).toEqual({ mine: 'eA==' });
  });
});

describe('a process whose credentials expire', () => {
  it('goes on with those that were renewed in its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'menshen-creds-'));
    const file = join(folder, 'nats.creds');
    const permissions = permissionsOf('ww00000000000000a1', ['notifier']);
    const nowSeconds = Math.floor(Date.now() / 1000);
    await writeFile(file, await server.credentialsFor(permissions, nowSeconds + 2));
    const nats = await connectNats({
      url: server.server.url,
      credentialsFile: file,
      clientName: 'test',
      inboxPrefix: '_INBOX.ww00000000000000a1.notifier',
    });
    await writeFile(file, await server.credentialsFor(permissions, nowSeconds + 3600));
    const seen: string[] = [];
    for await (const { type } of nats.status()) {
      seen.push(type);
      if (type === 'reconnect') break;
    }
    expect(seen).toContain('disconnect');
    expect((await nats.request('$JS.API.INFO')).json()).toMatchObject({ type: expect.any(String) });
    await nats.close();
    await rm(folder, { recursive: true, force: true });
  });
});

describe('the key of the account', () => {
  it.each([
    ['a seed', (seed: string) => seed],
    ['a seed with white space', (seed: string) => `  ${seed}\n`],
    ['a decorated file', (seed: string) => `-----BEGIN ACCOUNT SEED-----\n${seed}\n------END-----\n`],
  ])('is read from %s', (_, text) => {
    expect(readAccountKey(text(server.seed)).signer.getPublicKey()).toBe(server.key.signer.getPublicKey());
  });

  it('of a signing key comes with the account in the same file', () => {
    const { account } = server.key;
    for (const text of [`${account}\n${server.seed}\n`, `seed: ${server.seed}\naccount: ${account}`])
      expect(readAccountKey(text).account).toBe(account);
    expect(readAccountKey(server.seed).account).toBe(server.key.signer.getPublicKey());
  });

  it.each([
    ['nothing', '', undefined],
    ['a user seed', 'SUAKX3FMV4NHZCZ6FLO6C3WIV5YFHQP4PUHNEV3C4CCVM6DZJVH6C5IJVY', undefined],
    ['a public key for an account that is none', 'SEED', 'UAAA'],
  ])('is refused without being shown: %s', (_, text, account) => {
    const key = text === 'SEED' ? server.seed : text;
    expect(() => readAccountKey(key, account)).toThrow(/begins with/);
    try {
      readAccountKey(key, account);
    } catch (error) {
      expect(String(error)).not.toContain(server.seed);
    }
  });
});
