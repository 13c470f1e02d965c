// A real S3 server for the conformance tests: versitygw over a folder, built with Go once and kept in the user's cache.
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort, startEngine } from '@menshen/engines/engine-process';

const run = promisify(execFile);
const VERSION = 'v1.8.0';
const BUILD_LIMIT_MS = 600_000;

/** The key pair of the test server, which listens on loopback only. */
const KEYS = { accessKeyId: 'menshen', secretAccessKey: 'menshen-local' };

export type Versitygw =
  | { readonly ok: true; readonly path: string }
  /** Why there is none, for the name of the skipped suite. */
  | { readonly ok: false; readonly reason: string };

/** Finds versitygw in the cache or builds it. Never rejects. */
export async function ensureVersitygw(): Promise<Versitygw> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'menshen', `versitygw-${VERSION.slice(1)}`);
  const path = join(folder, 'versitygw');
  try {
    await access(path);
    return { ok: true, path };
  } catch {
    return await build(folder, path);
  }
}

async function build(folder: string, path: string): Promise<Versitygw> {
  try {
    await run('go', ['version']);
  } catch {
    return { ok: false, reason: 'go is not installed, so versitygw cannot be built' };
  }
  try {
    await mkdir(folder, { recursive: true });
    const module = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`;
    await run('go', ['install', module], { env: { ...process.env, GOBIN: folder }, timeout: BUILD_LIMIT_MS });
    return { ok: true, path };
  } catch {
    return { ok: false, reason: `versitygw ${VERSION} cannot be built with go` };
  }
}

export interface TestS3 {
  readonly endpoint: string;
  readonly bucket: string;
  readonly keys: typeof KEYS;
  close(): Promise<void>;
}

/** Starts the server with one empty bucket. */
export async function startTestS3(path: string): Promise<TestS3> {
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-s3-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const storage = join(dataDir, 'buckets');
  await mkdir(storage);
  const server = await startEngine({
    name: 'versitygw',
    command: path,
    args: [
      '--port',
      `127.0.0.1:${port}`,
      '--access',
      KEYS.accessKeyId,
      '--secret',
      KEYS.secretAccessKey,
      'posix',
      storage,
    ],
    url: endpoint,
    dataDir,
    logFile: join(dataDir, 'versitygw.log'),
    holdStdin: false,
    answers: () =>
      fetch(endpoint).then(
        () => true,
        () => false,
      ),
  });
  const bucket = 'menshen';
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: KEYS });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return {
    endpoint,
    bucket,
    keys: KEYS,
    async close() {
      await server.stop('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
