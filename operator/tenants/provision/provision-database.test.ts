// On the real engine. The embedded one has access control, and holds its users to their grants, but can make no users while it runs: so the
// users of these tests are in its configuration, with the very grants that are generated, and statements that make users go through its parser.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notingStatements } from '@menshen/clickhouse/clickhouse.testkit';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { type Exclusively, ensureSchema } from '@menshen/clickhouse/ensure-schema';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../../kube/clock.testkit.ts';
import { planWorkloads } from '../render/plan-workloads.ts';
import { renderRoleConfig } from '../render/render-role-config.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import { ensureAdminViews } from './admin-views.ts';
import { type FoundGrant, type Grant, listUsers, planAccess, spellGrant } from './clickhouse-access.ts';
import { keepPasswords } from './keep-passwords.ts';
import { createSecretKeeper } from './keep-secrets.ts';
import { withMadeCredentials } from './name-credentials.ts';
import { openDatabases, readSequences } from './open-database.ts';
import { type DatabasePorts, LockUnavailable, provisionDatabase, readComment } from './provision-database.ts';
import { readAccessState } from './read-access-state.ts';
import { createSecretStore } from './secret-store.testkit.ts';

const OURS = 'ww00000000000000a1';
const THEIRS = 'ww00000000000000b2';
const CONTEXT = { isForced: false, signal: new AbortController().signal };
const PASSWORD = 'password-of-a-test';
const profiles = { compact: 'Compact', scaled: 'Scaled' } as const;

const tenantOf = (
  corpId: string,
  url: string,
  change: (tenant: SettledTenant) => void = () => {},
): SettledTenant => {
  const tenant = tenantExample('minimal', (spec, { metadata }) => {
    spec.corpId = corpId;
    spec.storage.clickhouse.url = url;
    metadata.uid = 'uid-1';
  });
  change(tenant);
  return tenant;
};
const usersOf = (profile: keyof typeof profiles) =>
  listUsers(
    OURS,
    planWorkloads(
      tenantOf(OURS, 'http://x', ({ spec }) => {
        spec.deployment.profile = profiles[profile];
      }).spec,
    ),
  );

let server: EngineProcess;
let folder: string;
const clients: ClickHouse[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-clickhouse-'));
  const users = [
    ...usersOf('compact').filter(({ component }) => component !== 'reader'),
    ...usersOf('scaled'),
  ].map(({ name, grants }) => ({
    name,
    password: PASSWORD,
    grants: grants.map((grant) => `GRANT ${spellGrant(grant)}`),
  }));
  server = await startClickHouse({ dataDir: folder, users });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await server.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function as(username: string, corpId = OURS, password = PASSWORD): ClickHouse {
  const client = openClickHouse({ url: server.url, username, password, database: `wecom_${corpId}` });
  clients.push(client);
  return client;
}
const admin = (corpId = OURS): ClickHouse =>
  as(LOCAL_CLICKHOUSE_USER.username, corpId, LOCAL_CLICKHOUSE_USER.password);

const alone = (): Exclusively => (work) => work(() => true);
function portsOf(more: Partial<DatabasePorts> = {}): DatabasePorts {
  const { client } = createSecretStore();
  return {
    openDatabase: openDatabases({ ...LOCAL_CLICKHOUSE_USER }, async () => PASSWORD),
    exclusively: alone,
    isAdmin: false,
    secrets: createSecretKeeper({ client, clock: fakeClock(), random: () => 0, fieldManager: 'm' }),
    makePassword: () => randomBytes(32).toString('base64url'),
    canLogIn: async () => true,
    ...more,
  };
}
async function conditionOf(tenant: SettledTenant, ports = portsOf()) {
  const { conditions, ...rest } = await provisionDatabase(tenant, CONTEXT, ports);
  return { ...conditions[0], ...rest };
}

describe('a tenant’s database', () => {
  it('is made, migrated and stamped with its owner', async () => {
    expect(await conditionOf(tenantOf(OURS, server.url))).toMatchObject({
      type: 'DatabaseReady',
      status: 'True',
      reason: 'Migrated',
    });
    expect(await readComment(admin())).toMatchObject({
      'menshen.dev/corp-id': OURS,
      'menshen.dev/tenant-uid': 'uid-1',
    });
  });

  it('is written nothing for when nothing differs', async () => {
    const statements: string[] = [];
    const openDatabase: DatabasePorts['openDatabase'] = async () =>
      notingStatements(
        openClickHouse({ url: server.url, ...LOCAL_CLICKHOUSE_USER, database: `wecom_${OURS}` }),
        statements,
      );
    await provisionDatabase(tenantOf(OURS, server.url), CONTEXT, portsOf({ openDatabase }));
    expect(statements).toEqual([]);
  });

  it('is stamped anew for a tenant that comes back', async () => {
    const again = tenantOf(OURS, server.url, ({ metadata }) => {
      metadata.uid = 'uid-2';
    });
    await conditionOf(again);
    expect(await readComment(admin())).toMatchObject({ 'menshen.dev/tenant-uid': 'uid-2' });
  });

  it('says where a lost stream goes on, and 0 while there is nothing', async () => {
    const open = openDatabases({ ...LOCAL_CLICKHOUSE_USER }, async () => PASSWORD);
    expect(await readSequences(open, tenantOf('ww00000000000000c3', server.url))).toEqual({
      capture: 0,
      outcome: 0,
    });
    await admin().run(`INSERT INTO judgements (seq, streamSequence, outcomeSequence) VALUES (1, 41, 42)`);
    const read = await readSequences(open, tenantOf(OURS, server.url));
    expect(read.outcome).toBe(42);
    const away = openDatabases(undefined, async () => '');
    await expect(readSequences(away, tenantOf(OURS, 'http://127.0.0.1:1'))).rejects.toThrow('ECONNREFUSED');
  });
});

describe('what is wrong is told', () => {
  it.each<[string, () => Promise<unknown>, object]>([
    [
      'ClickHouse is away',
      () => conditionOf(tenantOf(OURS, 'http://127.0.0.1:1')),
      { reason: 'Unreachable', requeueAfterMs: 15_000 },
    ],
    [
      'it refuses the password',
      () =>
        conditionOf(
          tenantOf(OURS, server.url),
          portsOf({ openDatabase: async () => as(LOCAL_CLICKHOUSE_USER.username, OURS, 'wrong') }),
        ),
      { reason: 'AccessDenied' },
    ],
    [
      'the user may not make the database',
      () =>
        conditionOf(
          tenantOf('ww00000000000000d4', server.url),
          portsOf({ openDatabase: async () => as(`wecom_${OURS}_reader`, 'ww00000000000000d4') }),
        ),
      { reason: 'AccessDenied' },
    ],
    [
      'another process migrates',
      () =>
        conditionOf(
          tenantOf('ww00000000000000e5', server.url),
          portsOf({ exclusively: () => async () => 'Busy' }),
        ),
      { reason: 'MigrationPending', requeueAfterMs: 15_000 },
    ],
    [
      'nobody can say whether another process migrates',
      () =>
        conditionOf(
          tenantOf('ww00000000000000e5', server.url),
          portsOf({ exclusively: () => () => Promise.reject(new LockUnavailable(new Error('timeout'))) }),
        ),
      { reason: 'MigrationPending' },
    ],
    [
      'the lock is lost half-way',
      () => {
        let left = 3;
        const losing = (): Exclusively => (work) => work(() => left-- > 0);
        return conditionOf(tenantOf('ww00000000000000f6', server.url), portsOf({ exclusively: losing }));
      },
      { reason: 'MigrationFailed' },
    ],
    [
      'ClickHouse is too old',
      () => {
        const old = { database: 'x', run: async () => undefined, close: async () => undefined };
        const query = async () => [{ version: '26.6.1.1', id: 1, checksum: '' }];
        const openDatabase = async () => ({ ...old, query }) as unknown as ClickHouse;
        return conditionOf(tenantOf(OURS, server.url), portsOf({ openDatabase }));
      },
      { reason: 'VersionTooOld', isStalled: true },
    ],
    [
      'the database is of a newer version',
      async () => {
        const newer = admin('ww0000000000000abc');
        await ensureSchema(newer, 'single');
        await newer.run("INSERT INTO migrations (id, checksum) VALUES (99, 'sha256:other')");
        return await conditionOf(tenantOf('ww0000000000000abc', server.url));
      },
      { reason: 'MigrationFailed', isStalled: true },
    ],
  ])('%s', async (_, happen, expected) => {
    expect(await happen()).toMatchObject({ type: 'DatabaseReady', status: 'False', ...expected });
  });

  it('in the same words each time', async () => {
    const tenant = tenantOf('ww00000000000000d4', server.url);
    const ports = portsOf({ openDatabase: async () => as(`wecom_${OURS}_reader`, 'ww00000000000000d4') });
    expect(await conditionOf(tenant, ports)).toEqual(await conditionOf(tenant, ports));
  });
});

const DENIED = /Not enough privileges|ACCESS_DENIED/;
const INSERT = `INSERT INTO messages (seq) VALUES (1)`;
const READ = 'SELECT count() FROM messages';
const PROCESSES = 'SELECT query_id FROM system.processes';

describe('what each user may do', () => {
  beforeAll(async () => {
    await ensureSchema(admin(), 'single');
    await ensureSchema(admin(THEIRS), 'single');
  });

  it.each<[component: string, may: readonly string[], mayNot: readonly string[]]>([
    [
      'archiver',
      [READ, 'SELECT count() FROM findings', INSERT, PROCESSES],
      ['SELECT user FROM system.processes'],
    ],
    ['compact', [READ, INSERT, PROCESSES], ['SELECT user FROM system.processes']],
    ['ingest', [READ, 'SELECT count() FROM directory'], [INSERT, PROCESSES]],
    [
      'reader',
      [READ, 'SELECT count() FROM findings', 'SELECT count() FROM recalled_messages'],
      [INSERT, PROCESSES],
    ],
  ])('%s', async (component, may, mayNot) => {
    const user = as(`wecom_${OURS}_${component}`);
    for (const statement of may) await expect(user.run(statement), statement).resolves.toBeUndefined();
    const nobody = [
      `SELECT count() FROM wecom_${THEIRS}.messages`,
      `INSERT INTO wecom_${THEIRS}.messages (seq) VALUES (1)`,
      'CREATE TABLE extra (a UInt8) ENGINE = Memory',
      'ALTER TABLE messages DELETE WHERE 1',
      'TRUNCATE TABLE messages',
      'DROP TABLE messages',
      `DROP DATABASE wecom_${OURS}`,
      'CREATE DATABASE extra',
      'CREATE USER extra',
      `GRANT SELECT ON *.* TO wecom_${OURS}_reader`,
      'SELECT count() FROM system.users',
      "SELECT * FROM file('/etc/passwd', 'LineAsString')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    ];
    for (const statement of [...mayNot, ...nobody])
      await expect(user.run(statement), statement).rejects.toThrow(DENIED);
  });

  it('an archiver sees inserts of the process before it, whatever user that had', async () => {
    const slow = admin().query(
      'SELECT sleepEachRow(0.1), number FROM numbers(60) SETTINGS max_block_size = 1',
    );
    const archiver = as(`wecom_${OURS}_archiver`);
    let seen = 0;
    for (let tries = 0; seen < 2 && tries < 100; tries++) seen = (await archiver.query(PROCESSES)).length;
    expect(seen).toBeGreaterThanOrEqual(2);
    await slow;
  });

  it('the archiver and ingest start on a database that the operator has migrated, without a right to change it', async () => {
    for (const component of ['archiver', 'ingest', 'compact'])
      expect(await ensureSchema(as(`wecom_${OURS}_${component}`), 'single')).toBe('Migrated');
  });

  it('every Secret that a pod mounts for it is one that is made', () => {
    for (const profile of ['compact', 'scaled'] as const) {
      const tenant = tenantOf(OURS, 'http://x', ({ spec }) => {
        spec.deployment.profile = profiles[profile];
      });
      const made = withMadeCredentials(tenant, { nats: false, clickhouse: true });
      const mounted = planWorkloads(tenant.spec).flatMap(({ roles }) => {
        const { config, secrets } = renderRoleConfig(made, roles);
        const refs = secrets
          .filter(({ path }) => path === 'secrets/clickhouse-password')
          .map(({ ref }) => ref.name);
        expect(config.clickhouse.passwordFile !== undefined).toBe(refs.length > 0);
        return refs;
      });
      const processes = usersOf(profile).filter(({ component }) => component !== 'reader');
      expect(mounted).toEqual(processes.map(({ component }) => `acme-${component}-clickhouse`));
    }
  });

  it('the scanner and the notifier have no user, because they ask nothing', () => {
    expect(usersOf('scaled').map(({ component }) => component)).toEqual(['ingest', 'archiver', 'reader']);
    expect(usersOf('compact').map(({ component }) => component)).toEqual(['compact', 'reader']);
  });
});

const found = (name: string, grants: readonly Grant[]): FoundGrant[] =>
  grants.map(({ access, database, table, column }) => ({
    user: name,
    access,
    database,
    table: table ?? null,
    column: column ?? null,
  }));

describe('statements between what is there and what is wanted', () => {
  it('are none for users as the engine itself tells of them', async () => {
    const users = usersOf('scaled');
    const state = await readAccessState(
      admin(),
      users.map(({ name }) => name),
    );
    expect(state.users.size).toBe(3);
    expect(planAccess(users, { ...state, passwords: new Map() }, 'single')).toEqual([]);
  });

  it('go through the engine’s parser, for one server and for a cluster, and hold no password', async () => {
    const users = usersOf('scaled');
    const passwords = new Map(users.map(({ name }) => [name, PASSWORD]));
    const extra = { user: users[0]?.name ?? '', access: 'DROP', database: null, table: null, column: null };
    const states = [
      { users: new Set<string>(), grants: [], passwords },
      { users: new Set(users.map(({ name }) => name)), grants: [extra], passwords },
    ];
    for (const layout of ['single', 'cluster'] as const)
      for (const state of states) {
        const statements = planAccess(users, state, layout);
        expect(statements.length).toBeGreaterThan(5);
        for (const sql of statements) {
          expect(sql).not.toContain(PASSWORD);
          expect(sql.includes('ON CLUSTER')).toBe(layout === 'cluster');
          const [row] = await admin().query<{ formatted: string }>(
            'SELECT formatQuery({sql: String}) AS formatted',
            { sql },
          );
          expect(row?.formatted).toMatch(/^(CREATE USER|ALTER USER|GRANT|REVOKE)/);
        }
      }
  });

  it('lead from any state to the wanted one, and then to nothing', () => {
    const users = usersOf('scaled');
    const strange: Grant[] = [{ access: 'INSERT', database: `wecom_${THEIRS}` }];
    const all = users.flatMap(({ name, grants }) => found(name, [...grants, ...strange]));
    fc.assert(
      fc.property(fc.subarray(all), fc.subarray(users.map(({ name }) => name)), (grants, there) => {
        const missing = users.filter(({ name }) => !there.includes(name));
        const passwords = new Map(missing.map(({ name }) => [name, PASSWORD]));
        const statements = planAccess(users, { users: new Set(there), grants, passwords }, 'single');
        const after = applyStatements(statements, grants);
        const wanted = users
          .flatMap(({ name, grants: all }) => found(name, all))
          .map((one) => JSON.stringify(one));
        expect(after.map((one) => JSON.stringify(one)).toSorted()).toEqual(wanted.toSorted());
        const settled = {
          users: new Set(users.map(({ name }) => name)),
          grants: after,
          passwords: new Map<string, string>(),
        };
        expect(planAccess(users, settled, 'single')).toEqual([]);
      }),
    );
  });
});

/** What the statements make of the grants, as far as they are ours. */
function applyStatements(statements: readonly string[], before: readonly FoundGrant[]): FoundGrant[] {
  let grants = [...before];
  for (const sql of statements) {
    const revoked = /^REVOKE ALL ON \*\.\* FROM `(.+)`$/.exec(sql)?.[1];
    if (revoked !== undefined) grants = grants.filter(({ user }) => user !== revoked);
    const [, access, column, database, table, user] =
      /^GRANT (\w+)(?:\((\w+)\))? ON `(.+?)`\.(?:`(.+?)`|\*) TO `(.+)`$/.exec(sql) ?? [];
    if (user === undefined) continue;
    const grant = {
      user,
      access: access ?? '',
      database: database ?? '',
      table: table ?? null,
      column: column ?? null,
    };
    if (!grants.some((one) => JSON.stringify(one) === JSON.stringify(grant))) grants.push(grant);
  }
  return grants;
}

describe('passwords', () => {
  const world = () => {
    const store = createSecretStore();
    const clock = fakeClock();
    const secrets = createSecretKeeper({ client: store.client, clock, random: () => 0, fieldManager: 'm' });
    let made = 0;
    const known = new Map<string, string>();
    const keep = async (): Promise<string[]> => {
      const passwords = await keepPasswords(tenantOf(OURS, 'http://x'), CONTEXT, {
        secrets,
        makePassword: () => `made-${++made}`,
        canLogIn: async (_, { name, password }) => known.get(name) === password,
        users: usersOf('compact'),
        isMissing: (name) => !known.has(name),
      });
      for (const [name, password] of passwords) known.set(name, password);
      return [...passwords.values()];
    };
    return { store, clock, known, keep };
  };

  it('are made once, kept in a Secret each, and set once', async () => {
    const { store, clock, keep } = world();
    expect(await keep()).toEqual(['made-1', 'made-2']);
    expect([...store.secrets.keys()]).toEqual([
      'menshen-demo/acme-compact-clickhouse',
      'menshen-demo/acme-reader-clickhouse',
    ]);
    expect(Buffer.from(store.bytes('menshen-demo/acme-reader-clickhouse', 'username')).toString()).toBe(
      `wecom_${OURS}_reader`,
    );
    expect(await keep()).toEqual([]);
    clock.jump(3_600_000);
    expect(await keep()).toEqual([]);
    expect(store.requests()).toEqual(['get', 'apply', 'get', 'apply', 'get', 'get']);
  });

  it('are changed by deleting the Secret', async () => {
    const { store, clock, keep } = world();
    await keep();
    store.secrets.delete('menshen-demo/acme-reader-clickhouse');
    clock.jump(3_600_000);
    expect(await keep()).toEqual(['made-3']);
  });

  it('are set again for a user that ClickHouse lost, from the Secret', async () => {
    const { known, keep } = world();
    await keep();
    known.delete(`wecom_${OURS}_compact`);
    expect(await keep()).toEqual(['made-1']);
  });

  it('are set again where an operator stopped between the Secret and the user', async () => {
    const { known, clock, keep } = world();
    await keep();
    known.set(`wecom_${OURS}_compact`, 'the one before');
    clock.jump(3_600_000);
    expect(await keep()).toEqual(['made-1']);
  });
});

describe('a process whose password is changed', () => {
  it('logs in with the new one, without being started again', async () => {
    let password = 'the one before';
    const client = openClickHouse({
      url: server.url,
      username: `wecom_${OURS}_archiver`,
      password: () => password,
      database: `wecom_${OURS}`,
    });
    clients.push(client);
    await ensureSchema(admin(), 'single');
    await expect(client.query(READ)).rejects.toThrow('Authentication failed');
    password = PASSWORD;
    expect(await client.query(READ)).toHaveLength(1);
    await client.run(INSERT);
    await client.insert({ table: 'messages', rows: Buffer.from('{"seq":"1"}\n'), token: 'rotation' });
  });
});

describe('the admin database', () => {
  it('reads across tenants, and no user of a tenant sees another by it', async () => {
    for (const [corpId, seq] of [
      [OURS, 7001],
      [THEIRS, 7002],
    ] as const) {
      await ensureSchema(admin(corpId), 'single');
      await admin(corpId).run(`INSERT INTO dead_letters (seq, msgid) VALUES (${seq}, 'm')`);
    }
    await ensureAdminViews(admin(), 'single');
    await ensureAdminViews(admin(), 'single');
    const sql = 'SELECT corpId, seq FROM wecom_admin.dead_letters WHERE seq > 7000 ORDER BY seq';
    expect(await admin().query(sql)).toEqual([
      { corpId: OURS, seq: '7001' },
      { corpId: THEIRS, seq: '7002' },
    ]);
    await expect(as(`wecom_${OURS}_reader`).query(sql)).rejects.toThrow(DENIED);
  });
});
