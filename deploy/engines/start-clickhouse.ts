// A real ClickHouse on loopback: the engine inside chDB behind ClickHouse's own HTTP server, or a clickhouse binary or image where there is one.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureTool } from '@menshen/engines/tools.mjs';
import { type EngineProcess, freePort, startEngine } from './engine-process.ts';

export interface ClickHouseOptions {
  readonly dataDir: string;
  readonly port?: number;
  /** Users beside {@link LOCAL_CLICKHOUSE_USER}. The embedded engine can make none while it runs: it has no writable user directory. */
  readonly users?: readonly LocalUser[];
}

export interface LocalUser {
  readonly name: string;
  readonly password: string;
  /** Statements such as `GRANT SELECT ON db.* TO …`, without their last part. It may do nothing else. */
  readonly grants: readonly string[];
}

/** The user of the local engine. It listens on loopback only, so this is not a secret. */
export const LOCAL_CLICKHOUSE_USER = { username: 'menshen', password: 'menshen-local' };

/** Starts ClickHouse. `url` is `http://127.0.0.1:<port>`; the user is {@link LOCAL_CLICKHOUSE_USER}. */
export async function startClickHouse(options: ClickHouseOptions): Promise<EngineProcess> {
  const tool = await ensureTool('clickhouse');
  const port = options.port ?? (await freePort());
  await mkdir(options.dataDir, { recursive: true });
  const configFile = join(options.dataDir, 'config.xml');
  await writeFile(configFile, serverConfig(options.dataDir, port));
  await writeFile(join(options.dataDir, 'users.xml'), usersConfig(options.users ?? []));
  // The query after START LISTEN waits for the end of stdin: that is what keeps the embedded engine serving.
  const serve = "SYSTEM START LISTEN HTTP; SELECT count() FROM file('stdin','LineAsString','s String')";
  const library = tool.kind === 'library';
  const launcher = fileURLToPath(new URL('clickhouse-launcher.py', sourceFolder));
  return await startEngine({
    name: 'ClickHouse',
    command: library ? 'python3' : tool.path,
    kind: tool.kind,
    // The image's own script would make folders and users before it starts the server.
    entrypoint: ['clickhouse'],
    args: library
      ? [launcher, tool.path, `--config-file=${configFile}`, '--query', serve]
      : ['server', `--config-file=${configFile}`],
    url: `http://127.0.0.1:${port}`,
    dataDir: options.dataDir,
    logFile: join(options.dataDir, 'clickhouse.log'),
    holdStdin: library,
    answers: () => answersQuery(port),
  });
}

/** The launcher script is not compiled: from `dist/` it lies one folder up. */
const sourceFolder = new URL(import.meta.url.endsWith('.ts') ? './' : '../', import.meta.url);

async function answersQuery(port: number): Promise<boolean> {
  try {
    const headers = {
      'X-ClickHouse-User': LOCAL_CLICKHOUSE_USER.username,
      'X-ClickHouse-Key': LOCAL_CLICKHOUSE_USER.password,
    };
    const answer = await fetch(`http://127.0.0.1:${port}/?query=SELECT%201`, { headers });
    return answer.ok;
  } catch {
    return false;
  }
}

function serverConfig(dataDir: string, port: number): string {
  return `<clickhouse>
  <logger><level>warning</level><console>1</console></logger>
  <path>${dataDir}/data/</path>
  <tmp_path>${dataDir}/tmp/</tmp_path>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port>
  <keep_alive_timeout>60</keep_alive_timeout>
  <mark_cache_size>268435456</mark_cache_size>
  <users_config>${dataDir}/users.xml</users_config>
</clickhouse>
`;
}

// The in-process session of the embedded engine logs in as `default` from ::1 and refuses to start when that user is restricted in any other way.
const usersConfig = (users: readonly LocalUser[]): string => `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default><password/><networks><ip>::1</ip></networks><profile>default</profile><quota>default</quota></default>
    <${LOCAL_CLICKHOUSE_USER.username}>
      <password>${LOCAL_CLICKHOUSE_USER.password}</password>
      <networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <access_management>1</access_management>
    </${LOCAL_CLICKHOUSE_USER.username}>
${users.map(userConfig).join('')}  </users>
</clickhouse>
`;

const userConfig = ({ name, password, grants }: LocalUser): string => `    <${name}>
      <password>${password}</password>
      <networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <grants>${grants.map((grant) => `<query>${grant}</query>`).join('')}</grants>
    </${name}>
`;
