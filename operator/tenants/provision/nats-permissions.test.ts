// Against a real nats-server in operator mode: what a role of one tenant is refused. What each role is admitted to is shown by the roles
// themselves, doing their work with these credentials (test/pipeline/tenant-credentials.test.ts).
import { inboxPrefix } from '@menshen/contracts/subjects';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../render/plan-workloads.ts';
import { tenantExample } from '../tenants.testkit.ts';
import { permissionsOf } from './nats-permissions.ts';
import { type OperatorModeNats, startOperatorModeNats } from './operator-mode.testkit.ts';
import { provisionStreams } from './provision-streams.ts';

const OURS = 'ww00000000000000a1';
const THEIRS = 'ww00000000000000b2';
const ROLES: readonly Role[] = ['ingest', 'archiver', 'scanner', 'notifier'];
const EVERY: readonly (readonly Role[])[] = [...ROLES.map((role) => [role]), ROLES];
const nameOf = (roles: readonly Role[]): string => (roles.length === 1 ? (roles[0] ?? '') : 'compact');

let server: OperatorModeNats;
const connections = new Map<string, NatsConnection>();

beforeAll(async () => {
  server = await startOperatorModeNats();
  for (const corpId of [OURS, THEIRS]) {
    const tenant = tenantExample('minimal', (spec) => {
      spec.corpId = corpId;
      spec.messaging.url = server.server.url;
      spec.messaging.maxStreamBytes = '64Mi';
    });
    const borrowNats = async () => ({ nats: server.admin, release: () => {} });
    const result = await provisionStreams(tenant, {
      borrowNats,
      readArchivedSequences: async () => ({ capture: 0, outcome: 0 }),
    });
    expect(result.conditions[0]).toMatchObject({ status: 'True' });
  }
  const policies = await new Kvm(server.admin).open('POLICY', { allow_direct: true });
  for (const corpId of [OURS, THEIRS]) await policies.put(`${corpId}.ns.policy`, 'pointer');
  for (const roles of EVERY) {
    const options = { inboxPrefix: inboxPrefix(OURS, roles) };
    const connection = await server.connectAs(permissionsOf(OURS, roles), options);
    void noteRefusals(connection);
    connections.set(nameOf(roles), connection);
  }
});
afterAll(async () => {
  for (const connection of connections.values()) await connection.close();
  await server.close();
});

function as(name: string): NatsConnection {
  const connection = connections.get(name);
  if (connection === undefined) throw new Error(`nobody is ${name}`);
  return connection;
}

/** What the server says to a publish of this process: `refused`, or `admitted` when it says nothing against it. */
async function publish(name: string, subject: string): Promise<'refused' | 'admitted'> {
  const nats = as(name);
  const before = refusals.length;
  nats.publish(subject, '{}');
  // The server answers in order: what it has to say of the publish comes before the pong.
  await nats.flush();
  await new Promise((resolve) => setImmediate(resolve));
  return refusals.slice(before).some((text) => text.includes(`"${subject}"`)) ? 'refused' : 'admitted';
}

async function subscribe(name: string, subject: string): Promise<'refused' | 'admitted'> {
  const nats = as(name);
  let refused = false;
  const subscription = nats.subscribe(subject, {
    callback: (error) => {
      if (error !== null) refused = true;
    },
  });
  await nats.flush();
  await new Promise((resolve) => setImmediate(resolve));
  subscription.unsubscribe();
  return refused ? 'refused' : 'admitted';
}

const refusals: string[] = [];

async function noteRefusals(nats: NatsConnection): Promise<void> {
  for await (const state of nats.status()) if (state.type === 'error') refusals.push(String(state.error));
}

const API = '$JS.API';
const EVERYBODYS: readonly (readonly [what: string, subject: string])[] = [
  ['publish a page of another tenant', `wecom.${THEIRS}.page`],
  ['publish a message of another tenant', `wecom.${THEIRS}.message.1.text`],
  ['publish a dead letter of another tenant', `wecom.${THEIRS}.dead.poison`],
  ['publish an enriched message of another tenant', `wecom.${THEIRS}.enriched.1`],
  ['publish a finding of another tenant', `wecom.${THEIRS}.finding`],
  ['publish a notice of another tenant', `wecom.${THEIRS}.notice`],
  ['ask about a stream of another tenant', `${API}.STREAM.INFO.COMM_${THEIRS}`],
  ['purge a stream of another tenant', `${API}.STREAM.PURGE.COMM_${THEIRS}`],
  ['delete a stream of another tenant', `${API}.STREAM.DELETE.COMM_${THEIRS}`],
  ['delete a stream of its own', `${API}.STREAM.DELETE.COMM_${OURS}`],
  ['change a stream of its own', `${API}.STREAM.UPDATE.COMM_${OURS}`],
  ['make a stream of its own', `${API}.STREAM.CREATE.COMM_${OURS}`],
  ['make a stream of any name', `${API}.STREAM.CREATE.ANY`],
  ['delete one message', `${API}.STREAM.MSG.DELETE.COMM_${OURS}`],
  ['restore a stream', `${API}.STREAM.RESTORE.COMM_${OURS}`],
  ['take a snapshot', `${API}.STREAM.SNAPSHOT.COMM_${OURS}`],
  ['list streams', `${API}.STREAM.LIST`],
  ['list names of streams', `${API}.STREAM.NAMES`],
  ['read a message of another tenant by sequence', `${API}.STREAM.MSG.GET.COMM_${THEIRS}`],
  ['read a message of another tenant directly', `${API}.DIRECT.GET.COMM_${THEIRS}`],
  ['read keys by sequence, whosever they are', `${API}.STREAM.MSG.GET.KV_POLICY`],
  ['read keys directly by sequence', `${API}.DIRECT.GET.KV_POLICY`],
  ['read a key of another tenant', `${API}.DIRECT.GET.KV_POLICY.$KV.POLICY.${THEIRS}.ns.policy`],
  ['read a report of another tenant', `${API}.DIRECT.GET.KV_STATUS.$KV.STATUS.${THEIRS}.ingest.i`],
  ['see whose keys there are', `${API}.STREAM.INFO.KV_STATUS`],
  ['watch keys of another tenant', `${API}.CONSUMER.CREATE.KV_POLICY.w.$KV.POLICY.${THEIRS}.>`],
  ['watch all keys', `${API}.CONSUMER.CREATE.KV_POLICY.w.$KV.POLICY.>`],
  ['watch keys by a filter that the subject does not show', `${API}.CONSUMER.CREATE.KV_POLICY.w`],
  ['watch keys the old way', `${API}.CONSUMER.CREATE.KV_POLICY`],
  ['list consumers of another tenant', `${API}.CONSUMER.LIST.COMM_${THEIRS}`],
  ['ask about a consumer of another tenant', `${API}.CONSUMER.INFO.COMM_${THEIRS}.archiver`],
  ['make a consumer of another tenant', `${API}.CONSUMER.CREATE.COMM_${THEIRS}.mine.wecom.${THEIRS}.page`],
  ['make a durable consumer of another tenant', `${API}.CONSUMER.DURABLE.CREATE.COMM_${THEIRS}.archiver`],
  ['delete a consumer of another tenant', `${API}.CONSUMER.DELETE.COMM_${THEIRS}.archiver`],
  ['pull from a consumer of another tenant', `${API}.CONSUMER.MSG.NEXT.COMM_${THEIRS}.archiver`],
  ['acknowledge for another tenant', `$JS.ACK.COMM_${THEIRS}.archiver.1.1.1.1.0`],
  ['write a policy of its own', `$KV.POLICY.${OURS}.ns.policy`],
  ['write a policy of another tenant', `$KV.POLICY.${THEIRS}.ns.policy`],
  ['write a body of another tenant', `$KV.POLICYBODY.${THEIRS}.policies.aa.0`],
  ['report for another tenant', `$KV.STATUS.${THEIRS}.ingest.i`],
  ['speak to the system account', '$SYS.REQ.SERVER.PING'],
];

describe.each(EVERY.map(nameOf))('%s may not', (name) => {
  it.each(EVERYBODYS)('%s', async (_, subject) => {
    expect(await publish(name, subject)).toBe('refused');
  });

  it.each([
    ['listen to messages of another tenant', `wecom.${THEIRS}.>`],
    ['listen to everything', '>'],
    ['listen to answers for another tenant', `_INBOX.${THEIRS}.>`],
    ['listen to everybody’s answers', '_INBOX.>'],
    ['listen to what is asked of JetStream', '$JS.API.>'],
    ['listen to keys', '$KV.>'],
    ['listen to acknowledgements', '$JS.ACK.>'],
  ])('%s', async (_, subject) => {
    expect(await subscribe(name, subject)).toBe('refused');
  });

  it('listen to the answers of another process of its tenant', async () => {
    const other = name === 'ingest' ? 'archiver' : 'ingest';
    expect(await subscribe(name, `_INBOX.${OURS}.${other}.>`)).toBe('refused');
    expect(await subscribe(name, `_INBOX.${OURS}.${name}.x`)).toBe('admitted');
  });
});

describe('a role may not do the work of another role of its tenant', () => {
  const subjects = (consumer: string, stream: string): (readonly [string, string])[] => [
    [`make ${consumer} anew`, `${API}.CONSUMER.DURABLE.CREATE.${stream}.${consumer}`],
    [`make ${consumer} anew by its name`, `${API}.CONSUMER.CREATE.${stream}.${consumer}`],
    [
      `make ${consumer} anew with a filter`,
      `${API}.CONSUMER.CREATE.${stream}.${consumer}.wecom.${OURS}.page`,
    ],
    [`delete ${consumer}`, `${API}.CONSUMER.DELETE.${stream}.${consumer}`],
    [`pull from ${consumer}`, `${API}.CONSUMER.MSG.NEXT.${stream}.${consumer}`],
    [`acknowledge for ${consumer}`, `$JS.ACK.${stream}.${consumer}.1.1.1.1.0`],
  ];
  const COMM = `COMM_${OURS}`;
  const OUT = `OUT_${OURS}`;
  const rows: (readonly [string, string, string])[] = [
    ...['ingest', 'scanner', 'notifier'].flatMap((name) =>
      [...subjects('archiver', COMM), ...subjects('archiver', OUT)].map(
        ([what, on]) => [name, what, on] as const,
      ),
    ),
    ...['archiver', 'scanner', 'notifier'].flatMap((name) =>
      subjects('media', COMM).map(([what, on]) => [name, what, on] as const),
    ),
    ...['ingest', 'archiver', 'scanner'].flatMap((name) =>
      subjects('notifier', OUT).map(([what, on]) => [name, what, on] as const),
    ),
    ...['ingest', 'archiver', 'notifier'].flatMap((name) =>
      subjects('scanner', COMM).map(([what, on]) => [name, what, on] as const),
    ),
    ['scanner', 'publish a page', `wecom.${OURS}.page`],
    ['scanner', 'publish a message', `wecom.${OURS}.message.1.text`],
    ['scanner', 'publish a notice', `wecom.${OURS}.notice`],
    ['scanner', 'purge', `${API}.STREAM.PURGE.${COMM}`],
    ['scanner', 'report for ingest', `$KV.STATUS.${OURS}.ingest.i`],
    ['archiver', 'publish a message', `wecom.${OURS}.message.1.text`],
    ['archiver', 'publish a notice', `wecom.${OURS}.notice`],
    ['notifier', 'publish a finding', `wecom.${OURS}.finding`],
    ['notifier', 'publish a message', `wecom.${OURS}.message.1.text`],
    ['notifier', 'read messages', `${API}.CONSUMER.CREATE.${COMM}.x`],
    ['notifier', 'purge', `${API}.STREAM.PURGE.${OUT}`],
    ['notifier', 'report for the scanner', `$KV.STATUS.${OURS}.scanner.i`],
    ['ingest', 'publish a finding', `wecom.${OURS}.finding`],
    ['ingest', 'read findings', `${API}.CONSUMER.CREATE.${OUT}.x`],
    ['ingest', 'purge', `${API}.STREAM.PURGE.${COMM}`],
  ];
  it.each(rows)('%s: %s', async (name, _, subject) => {
    expect(await publish(name, subject)).toBe('refused');
  });
});

describe('what was tried changed nothing', () => {
  it('of the other tenant', async () => {
    const jsm = await jetstreamManager(server.admin);
    for (const stream of [`COMM_${THEIRS}`, `OUT_${THEIRS}`]) {
      const { state } = await jsm.streams.info(stream);
      expect(state).toMatchObject({ messages: 0, last_seq: 0 });
    }
    const policies = await new Kvm(server.admin).open('POLICY', { allow_direct: true });
    expect((await policies.get(`${THEIRS}.ns.policy`))?.string()).toBe('pointer');
  });

  it('and every refusal is in the server’s log', async () => {
    expect((await server.violations()).length).toBeGreaterThan(5 * EVERYBODYS.length);
  });
});

describe('what permissions of users cannot keep apart (README.md)', () => {
  it('a request may name another tenant’s subject as the one to answer to', async () => {
    as('ingest').publish(`${API}.STREAM.INFO.COMM_${OURS}`, '', { reply: `wecom.${THEIRS}.page` });
    await as('ingest').flush();
    const jsm = await jetstreamManager(server.admin);
    let stored = 0;
    for (let tries = 0; stored === 0 && tries < 200; tries++) {
      stored = (await jsm.streams.info(`COMM_${THEIRS}`)).state.messages;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // If a server ever refuses this, README.md says too little of it.
    expect(stored).toBe(1);
  });
});

describe('a credentials file', () => {
  it.each(EVERY.map(nameOf))(
    'of %s lets the longest corpId log in: a client does so in one line of 4,096 bytes',
    async (name) => {
      const corpId = `ww${'a'.repeat(32)}`;
      const permissions = permissionsOf(corpId, EVERY.find((each) => nameOf(each) === name) ?? []);
      // Longer than the name of a pod of ours with what makes it unique.
      const connection = await server.connectAs(permissions, { name: 'x'.repeat(80), timeout: 5_000 });
      expect(connection.info?.auth_required).toBe(true);
      await connection.close();
    },
  );
});
