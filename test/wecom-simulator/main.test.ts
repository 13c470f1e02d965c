// The simulator as the program that `npm run simulator` starts.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Vector } from './make-vectors.ts';
import { decrypt } from './send-callback.ts';
import { openMessage } from './simulator.testkit.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

interface Line {
  readonly url: string;
  readonly corpId: string;
  readonly secret: string;
  readonly directorySecret: string;
  readonly privateKeyFiles: Readonly<Record<string, string>>;
  readonly truthFile: string;
  readonly messages: number;
  readonly tlsUrl?: string;
  readonly caFile?: string;
}

interface Program {
  /** Its first line; rejects when it ends before. */
  readonly line: Promise<Line>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Resolves when stderr holds this text. */
  complains(text: string): Promise<void>;
  stop(): Promise<number | null>;
}

const running: Program[] = [];
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'simulator-main-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.stop()));
  rmSync(temporary, { recursive: true });
});

function run(...args: string[]): Program {
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], { env });
  let stdout = '';
  let stderr = '';
  const said = Promise.withResolvers<Line>();
  said.promise.catch(() => undefined);
  // By characters: a chunk may end within one.
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    stdout += data;
    if (stdout.startsWith('{') && stdout.includes('\n'))
      said.resolve(JSON.parse(stdout.slice(0, stdout.indexOf('\n'))) as Line);
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => {
      said.reject(new Error(`ended with ${code}: ${stderr}`));
      resolve({ code, stdout, stderr });
    }),
  );
  const program: Program = {
    line: said.promise,
    ended,
    async complains(text) {
      while (!stderr.includes(text)) await new Promise((resolve) => child.stderr.once('data', resolve));
    },
    async stop() {
      child.kill('SIGTERM');
      return (await ended).code;
    },
  };
  running.push(program);
  return program;
}

describe('the command line', () => {
  it('--help explains every option on stdout and ends with 0', async () => {
    const { code, stdout } = await run('--help').ended;
    expect(code).toBe(0);
    for (const option of [
      'port',
      'messages',
      'seed',
      'rate',
      'state',
      'pre-encrypt',
      'corp-id',
      'callback',
      'tls',
      'allow',
      'vectors',
    ])
      expect(stdout).toContain(`--${option}`);
  });

  it.each([
    [['--messages', 'many'], '--messages is many'],
    [['--rate', '0'], '--rate is 0'],
    [['--loud'], "Unknown option '--loud'"],
    [['--callback', 'http://127.0.0.1:1/'], '--callback-token'],
    [['--callback=http://x', '--callback-token=t', '--callback-key=short'], '43 characters'],
  ])('%s ends with 2 and says why', async (args, problem) => {
    const { code, stdout, stderr } = await run(...args).ended;
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(problem);
    expect(stderr).toContain('usage:');
  });
});

describe('--vectors', () => {
  it('prints so many vectors, the same for the same seed, and ends with 0', async () => {
    const [first, again, other] = await Promise.all(
      ['5', '5', '6'].map((seed) => run('--vectors', '40', '--seed', seed).ended),
    );
    expect(first?.code).toBe(0);
    const lines = first?.stdout.trimEnd().split('\n') ?? [];
    expect(lines).toHaveLength(40);
    for (const line of lines) {
      const vector = JSON.parse(line) as Vector;
      expect(Object.keys(vector)).toEqual(['key', 'ciphertext_b64', 'plaintext']);
      expect(openMessage(vector.key, vector.ciphertext_b64)).toBe(vector.plaintext);
    }
    expect(again?.stdout).toBe(first?.stdout);
    expect(other?.stdout).not.toBe(first?.stdout);
  });
});

describe('running', () => {
  it('says in one JSON line where everything is, serves it, and ends with 0 on SIGTERM without leaving files', async () => {
    const program = run('--messages', '20', '--corp-id', 'ww1');
    const line = await program.line;
    expect(line).toMatchObject({ corpId: 'ww1', messages: 20 });
    expect(readFileSync(line.truthFile, 'utf8').trimEnd().split('\n')).toHaveLength(20);
    for (const file of Object.values(line.privateKeyFiles))
      expect(readFileSync(file, 'utf8')).toContain('BEGIN PRIVATE KEY');
    const token = `${line.url}/cgi-bin/gettoken?corpid=ww1&corpsecret=`;
    for (const secret of [line.secret, line.directorySecret])
      expect(await (await fetch(`${token}${secret}`)).json()).toMatchObject({ errcode: 0 });
    expect(await program.stop()).toBe(0);
    expect(existsSync(dirname(line.truthFile))).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('tells the same truth again from the same state, and keeps the state', async () => {
    const tell = async (): Promise<{ truth: string; keys: string[] }> => {
      const program = run('--messages', '30', '--seed', '7', '--state', join(temporary, 'kept'));
      const line = await program.line;
      const truth = await (await fetch(`${line.url}/_simulator/truth`)).text();
      expect(readFileSync(line.truthFile, 'utf8')).toBe(truth);
      await program.stop();
      return { truth, keys: Object.values(line.privateKeyFiles).map((file) => readFileSync(file, 'utf8')) };
    };
    const first = await tell();
    expect(first.truth.trimEnd().split('\n')).toHaveLength(30);
    expect(first.keys).toHaveLength(2);
    expect(await tell()).toEqual(first);
  });

  it('--rate releases the story bit by bit; what is appended exists at once', async () => {
    const { url } = await run('--messages', '1000', '--rate', '0.01').line;
    const stats = async () => (await (await fetch(`${url}/_simulator/stats`)).json()) as object;
    expect(await stats()).toMatchObject({ messages: 1000, released: 1 });
    const body = JSON.stringify({ messages: [{ message: { msgtype: 'text', text: { content: 'x' } } }] });
    const answer = await fetch(`${url}/_simulator/append`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject([{ seq: 2 }]);
    expect(await stats()).toMatchObject({ messages: 1001, released: 2 });
  });
});

describe('--tls and --allow', () => {
  const getToken = (line: Line, ca: string): Promise<{ errcode: number }> =>
    new Promise((resolve, reject) => {
      const path = `/cgi-bin/gettoken?corpid=${line.corpId}&corpsecret=${line.secret}`;
      const asked = get(
        `${line.tlsUrl}${path}`,
        { ca, servername: 'qyapi.weixin.qq.com' },
        async (answer) => {
          resolve(JSON.parse(Buffer.concat(await answer.toArray()).toString()) as { errcode: number });
        },
      );
      asked.on('error', reject);
    });

  it('serves https beside http, as WeCom to whoever trusts its authority and to nobody else', async () => {
    const line = await run('--messages=1', '--tls').line;
    expect(await getToken(line, readFileSync(line.caFile ?? '', 'utf8'))).toMatchObject({ errcode: 0 });
    const stranger = await run('--messages=1', '--tls').line;
    await expect(getToken(line, readFileSync(stranger.caFile ?? '', 'utf8'))).rejects.toThrow('certificate');
    expect((await fetch(`${line.url}/_simulator/stats`)).status).toBe(200);
  });

  it.each([
    { allow: ['--allow=10.0.0.1', '--allow=127.0.0.1'], errcode: 41001 },
    { allow: ['--allow=10.0.0.1'], errcode: 301042 },
  ])('$allow: a call from loopback without a token gets $errcode', async ({ allow, errcode }) => {
    const { url } = await run('--messages=1', ...allow).line;
    const body = JSON.stringify({ seq: 0, limit: 1, version: 1 });
    const answer = await fetch(`${url}/cgi-bin/message/getchatdata`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ errcode });
  });
});

describe('--callback', () => {
  const KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
  /** A receiver that echoes rightly from the second question on. */
  it('verifies the address before it announces, and says on stderr when the echo is wrong', async () => {
    const calls: string[] = [];
    const announced = Promise.withResolvers<void>();
    const server = createServer((request, response) => {
      calls.push(request.method ?? '');
      if (request.method === 'POST') announced.resolve();
      const echo = new URL(request.url ?? '', 'http://x').searchParams.get('echostr');
      const right = echo === null ? '' : decrypt(Buffer.from(`${KEY}=`, 'base64'), echo);
      response.end(calls.length === 1 ? 'wrong' : right);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
    const program = run('--messages=1', `--callback=${url}`, '--callback-token=t', `--callback-key=${KEY}`);
    await program.complains('did not echo');
    await announced.promise;
    expect(calls).toEqual(['GET', 'GET', 'POST']);
    server.closeAllConnections();
    server.close();
  });
});
