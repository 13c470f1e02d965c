import { describe, expect, it } from 'vitest';
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
    ['an exec plugin', kubeconfig('exec: {command: aws}'), undefined, '"exec" is not supported'],
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
