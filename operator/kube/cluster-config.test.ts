import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inClusterConfig, kubeconfigFile, type ReadFile } from './cluster-config.ts';

const filesOf =
  (files: Record<string, string>): ReadFile =>
  (path) => {
    const content = files[path];
    return content === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(content);
  };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const kubeconfig = (user: string, cluster = ''): string => `
apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: local, user: admin, namespace: acme}}
- {name: elsewhere, context: {cluster: local, user: nobody}}
clusters:
- {name: local, cluster: {server: 'https://127.0.0.1:6443', certificate-authority-data: ${base64('CA')}${cluster}}}
users:
- {name: admin, user: {${user}}}
`;

describe('a kubeconfig', () => {
  const load = async (text: string, more: Record<string, string> = {}, context?: string) =>
    await kubeconfigFile('/home/me/config', {
      readFile: filesOf({ '/home/me/config': text, ...more }),
      nowMs: () => 0,
      ...(context === undefined ? {} : { context }),
    });

  it('gives server, CA, client certificate and namespace of its current context', async () => {
    const user = `client-certificate-data: ${base64('CERT')}, client-key: pki/me.key`;
    expect(await load(kubeconfig(user), { '/home/me/pki/me.key': 'KEY' })).toEqual({
      server: 'https://127.0.0.1:6443',
      ca: 'CA',
      clientCertificate: 'CERT',
      clientKey: 'KEY',
      isVerified: true,
      namespace: 'acme',
    });
  });

  it('gives a token', async () => {
    expect(await (await load(kubeconfig('token: abc'))).token?.()).toBe('abc');
  });

  it.each([
    [
      'a plugin of old',
      kubeconfig('auth-provider: {name: gcp}'),
      undefined,
      '"auth-provider" is not supported',
    ],
    [
      'a proxy',
      kubeconfig('token: abc', ", proxy-url: 'http://p'"),
      undefined,
      '"proxy-url" is not supported',
    ],
    ['a context that is not there', kubeconfig('token: abc'), 'nowhere', 'no "nowhere" among contexts'],
    ['a user that is not there', kubeconfig('token: abc'), 'elsewhere', 'no "nobody" among users'],
    ['something else', '- a list', undefined, 'is not a kubeconfig'],
  ])('refuses %s', async (_what, text, context, problem) => {
    await expect(load(text, {}, context)).rejects.toThrow(problem);
  });
});

describe('a kubeconfig whose user runs a program', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'menshen-kubeconfig-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A program that prints `status` and remembers how often it ran. */
  const load = async (status: string, script = '') => {
    const program = join(folder, 'credentials.sh');
    const runs = join(folder, 'runs');
    await writeFile(runs, '');
    const answer = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":${status}}`;
    const lines = [
      '#!/bin/sh',
      script,
      `echo x >> ${runs}`,
      `n=$(wc -l < ${runs} | tr -d ' ')`,
      `echo '${answer}' | sed "s/RUN/$n/"`,
    ];
    await writeFile(program, `${lines.join('\n')}\n`, { mode: 0o755 });
    const path = join(folder, 'config');
    const exec = `exec: {apiVersion: client.authentication.k8s.io/v1, command: ${program}, interactiveMode: Never}`;
    await writeFile(path, kubeconfig(exec));
    return await kubeconfigFile(path, { readFile: (file) => readFile(file, 'utf8'), nowMs: () => 0 });
  };

  it('has its token, and a new one when that has run out', async () => {
    const lasting = await load('{"token":"token-RUN"}');
    expect([await lasting.token?.(), await lasting.token?.()]).toEqual(['token-1', 'token-1']);
    const short = await load('{"token":"token-RUN","expirationTimestamp":"2020-01-01T00:00:00Z"}');
    expect([await short.token?.(), await short.token?.()]).toEqual(['token-2', 'token-3']);
  });

  it('has its client certificate', async () => {
    const config = await load('{"clientCertificateData":"CERT","clientKeyData":"KEY"}');
    expect(config).toMatchObject({ clientCertificate: 'CERT', clientKey: 'KEY', namespace: 'acme' });
    expect(config.token).toBeUndefined();
  });

  it.each([
    ['fails', '{}', 'exit 3', 'gave no credentials'],
    ['gives nothing', '{}', '', 'neither a token nor a client certificate'],
  ])('is refused when the program %s', async (_how, status, script, problem) => {
    await expect(load(status, script)).rejects.toThrow(problem);
  });
});

describe('the configuration of a pod', () => {
  const home = '/var/run/secrets/kubernetes.io/serviceaccount';
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };

  it('comes from its ServiceAccount, whose token is read again when it is a minute old', async () => {
    const files: Record<string, string> = {
      [`${home}/token`]: 'first\n',
      [`${home}/ca.crt`]: 'CA',
      [`${home}/namespace`]: 'menshen-system',
    };
    let nowMs = 0;
    const config = await inClusterConfig(env, {
      readFile: (path) => filesOf(files)(path),
      nowMs: () => nowMs,
    });
    expect(config).toMatchObject({ server: 'https://[fd00::1]:6443', ca: 'CA', namespace: 'menshen-system' });
    files[`${home}/token`] = 'second';
    nowMs = 59_999;
    expect(await config.token?.()).toBe('first');
    nowMs = 60_000;
    expect(await config.token?.()).toBe('second');
    delete files[`${home}/token`];
    nowMs = 180_000;
    expect(await config.token?.()).toBe('second');
  });

  it('says what is missing', async () => {
    const nowhere = { readFile: filesOf({}), nowMs: () => 0 };
    await expect(inClusterConfig({}, nowhere)).rejects.toThrow('not inside a cluster');
    await expect(inClusterConfig(env, nowhere)).rejects.toThrow(`cannot read ${home}/token`);
  });
});
