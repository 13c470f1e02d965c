// A real S3 server for the conformance tests: versitygw over a folder, found or built as deploy/engines/find-go-tool.ts says.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort, startEngine } from '@menshen/engines/engine-process';
import { findGoTool } from '@menshen/engines/find-go-tool';

/** The key pair of the test server, which listens on loopback only. */
const KEYS = { accessKeyId: 'menshen', secretAccessKey: 'menshen-local' };

export type Versitygw =
  | { readonly ok: true; readonly path: string }
  /** Why there is none, for the name of the skipped suite. */
  | { readonly ok: false; readonly reason: string };

/** Finds versitygw or builds it. Never rejects. */
export async function ensureVersitygw(): Promise<Versitygw> {
  try {
    const found = await findGoTool('versitygw');
    return found.path === undefined ? { ok: false, reason: found.why } : { ok: true, path: found.path };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
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
