// A real nats-server in operator mode: users are known by JWTs that an account's key signs, as in production. The account is preloaded.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { startNats } from '@menshen/engines/start-nats';
import { createAccount, createOperator, encodeAccount, encodeOperator } from '@nats-io/jwt';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { type NatsPermissions, OPERATOR_PERMISSIONS } from './nats-permissions.ts';
import { type AccountKey, makeCredentials, readAccountKey } from './nats-users.ts';

export interface OperatorModeNats {
  readonly server: EngineProcess;
  /** A signing key of the account, as the operator is given one. */
  readonly key: AccountKey;
  /** What the operator's key file holds. */
  readonly seed: string;
  credentialsFor(permissions: NatsPermissions, expiresAtSeconds?: number): Promise<Uint8Array>;
  connectAs(
    permissions: NatsPermissions,
    options?: { readonly inboxPrefix?: string; readonly name?: string; readonly timeout?: number },
  ): Promise<NatsConnection>;
  /** The operator's connection. */
  readonly admin: NatsConnection;
  /** Lines of the server's log that say that something was refused. */
  violations(): Promise<string[]>;
  close(): Promise<void>;
}

const IN_A_DAY = (): number => Math.floor(Date.now() / 1000) + 24 * 3600 * 60;
const NO_LIMITS = {
  conn: -1,
  leaf: -1,
  imports: -1,
  exports: -1,
  data: -1,
  payload: -1,
  subs: -1,
  wildcards: true,
};

export async function startOperatorModeNats(): Promise<OperatorModeNats> {
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-nats-jwt-'));
  const [operator, system, account, signing] = [
    createOperator(),
    createAccount(),
    createAccount(),
    createAccount(),
  ];
  const operatorJwt = await encodeOperator('test', operator, { system_account: system.getPublicKey() });
  const accountJwt = await encodeAccount(
    'tenants',
    account,
    {
      signing_keys: [signing.getPublicKey()],
      limits: { ...NO_LIMITS, mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 },
    },
    { signer: operator },
  );
  const systemJwt = await encodeAccount('SYS', system, { limits: NO_LIMITS }, { signer: operator });
  const server = await startNats({
    dataDir,
    moreConfig: [
      `operator: ${operatorJwt}`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      'resolver_preload: {',
      `  ${account.getPublicKey()}: ${accountJwt}`,
      `  ${system.getPublicKey()}: ${systemJwt}`,
      '}',
    ],
  });
  const seed = new TextDecoder().decode(signing.getSeed());
  const key = readAccountKey(seed, account.getPublicKey());
  const credentialsFor = (permissions: NatsPermissions, expiresAtSeconds = IN_A_DAY()): Promise<Uint8Array> =>
    makeCredentials(key, { name: 'test', permissions, expiresAtSeconds });
  const connectAs: OperatorModeNats['connectAs'] = async (permissions, options = {}) =>
    await connect({
      servers: server.url,
      authenticator: credsAuthenticator(await credentialsFor(permissions)),
      ...options,
    });
  const admin = await connectAs(OPERATOR_PERMISSIONS);
  return {
    server,
    key,
    seed,
    credentialsFor,
    connectAs,
    admin,
    async violations() {
      const log = await readFile(join(dataDir, 'nats.log'), 'utf8');
      return log.split('\n').filter((line) => /violation/i.test(line));
    },
    async close() {
      await admin.close();
      await server.stop('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
