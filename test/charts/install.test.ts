// Both charts on a real API server, by helm and kubectl as people use them: installed, changed, taken back, removed, installed again.
// No node is there, so no pod runs; what is proved is what the API server accepts, defaults, refuses and keeps, and who may do what.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { openControlPlane, speakAs } from '@menshen/control-plane/open-control-plane.testkit';
import { noticeRefusals, runMenshen } from '@menshen/control-plane/run-menshen.testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { helm, type Manifest, ROOT, renderText, withoutHelm } from './run-helm.testkit.ts';

const plane = helm.path === undefined ? undefined : await openControlPlane({ withControllerManager: true });
afterAll(async () => await plane?.stop());

const SYSTEM = ['--namespace', 'menshen-system'];
const TENANT = ['--namespace', 'compliance', '--values', 'charts/wecom-tenant/ci/minimal-values.yaml'];

function run(program: string, args: readonly string[], input?: string) {
  return spawnSync(program, [...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, KUBECONFIG: plane?.kubeconfigFile },
    ...(input === undefined ? {} : { input }),
  });
}
const kubectl = (args: readonly string[], input?: string) => run(plane?.kubectl ?? 'kubectl', args, input);
const helmDo = (args: readonly string[]) => run(helm.path ?? 'helm', args);

/** The object as the API server has it; `undefined` when it is not there. */
function live(...args: readonly string[]): Manifest | undefined {
  const { status, stdout } = kubectl(['get', ...args, '--output', 'json']);
  return status === 0 ? (JSON.parse(stdout) as Manifest) : undefined;
}

function succeeds({ status, stdout, stderr }: ReturnType<typeof run>): string {
  if (status !== 0) throw new Error(stderr || stdout);
  return stdout;
}

interface Made {
  readonly uid: string;
  readonly generation: number;
}

/** A kubeconfig of a ServiceAccount of the operator's namespace, beside the control plane's own. */
function writeKubeconfigOf(account: string): string {
  const file = `${plane?.kubeconfigFile}-${account}`;
  const token = succeeds(kubectl(['create', 'token', account, ...SYSTEM])).trim();
  const config = JSON.parse(readFileSync(plane?.kubeconfigFile ?? '', 'utf8'));
  const users = config.users.map(({ name }: { readonly name: string }) => ({ name, user: { token } }));
  writeFileSync(file, JSON.stringify({ ...config, users }));
  return file;
}

describe.skipIf(plane === undefined)(`charts on an API server${withoutHelm}`, () => {
  test('menshen installs, and its kinds are served', () => {
    succeeds(
      helmDo([
        'install',
        'menshen',
        'charts/menshen',
        ...SYSTEM,
        '--create-namespace',
        '--values',
        'charts/menshen/ci/evaluation-values.yaml',
      ]),
    );
    succeeds(
      kubectl([
        'wait',
        '--for=condition=Established',
        '--timeout=30s',
        'crd/wecomtenants.menshen.dev',
        'crd/compliancepolicies.menshen.dev',
      ]),
    );
    expect(live('deployment', 'menshen', ...SYSTEM)?.['spec'].template.spec.containers[0].image).toBe(
      'registry.menshen.dev/menshen:0.1.0',
    );
  });

  test.each([
    ['yes', 'list', 'wecomtenants.menshen.dev', []],
    ['yes', 'patch', 'wecomtenants.menshen.dev', ['--subresource', 'status']],
    ['no', 'patch', 'wecomtenants.menshen.dev', []],
    ['yes', 'patch', 'deployments.apps', []],
    ['yes', 'get', 'secrets', []],
    ['no', 'list', 'secrets', []],
    ['no', 'watch', 'secrets', []],
    ['no', 'create', 'secrets', []],
    ['no', 'create', 'pods', []],
    ['no', 'create', 'clusterroles.rbac.authorization.k8s.io', []],
    ['no', 'delete', 'customresourcedefinitions.apiextensions.k8s.io', []],
  ] as const)('answers %s when the operator asks whether it may %s %s', (answer, verb, resource, more) => {
    const who = 'system:serviceaccount:menshen-system:menshen';
    const { stdout } = kubectl([
      'auth',
      'can-i',
      verb,
      resource,
      ...more,
      '--namespace',
      'compliance',
      '--as',
      who,
    ]);
    expect(stdout.trim()).toBe(answer);
  });

  test('who may edit a namespace may edit its tenants, but not their status', async () => {
    succeeds(kubectl(['create', 'namespace', 'compliance']));
    succeeds(
      kubectl([
        'create',
        'rolebinding',
        'dev',
        '--clusterrole',
        'edit',
        '--user',
        'dev',
        '--namespace',
        'compliance',
      ]),
    );
    const may = (verb: string, ...more: string[]): string =>
      kubectl([
        'auth',
        'can-i',
        verb,
        'wecomtenants.menshen.dev',
        ...more,
        '--namespace',
        'compliance',
        '--as',
        'dev',
      ]).stdout.trim();
    // The controller that aggregates roles has its own pace.
    await expect.poll(() => may('update'), { timeout: 30_000, interval: 200 }).toBe('yes');
    expect(may('patch', '--subresource', 'status')).toBe('no');
    expect(may('get', '--subresource', 'status')).toBe('yes');
  });

  test('a tenant installs with the whole library, and the API server fills in what it defaults', () => {
    succeeds(helmDo(['install', 'acme', 'charts/wecom-tenant', ...TENANT]));
    expect(live('wct', 'acme', '--namespace', 'compliance')?.['spec']).toMatchObject({
      timeZone: 'Asia/Shanghai',
      suspend: false,
      source: { engine: 'FinanceSDK' },
    });
    expect(live('wcp', '--namespace', 'compliance')?.['items'].length).toBeGreaterThanOrEqual(8);
  });

  test('what is installed is found by category and by fields', () => {
    const namesOf = (...args: string[]): string[] =>
      live(...args, '--namespace', 'compliance')?.['items'].map(({ metadata }: Manifest) => metadata.name);
    expect(namesOf('wecom').sort()).toEqual([...namesOf('wcp'), ...namesOf('wct')].sort());
    expect(namesOf('wct', '--field-selector', 'spec.corpId=ww1234567890abcdef')).toEqual(['acme']);
    expect(namesOf('wct', '--field-selector', 'spec.corpId=ww0000000000000000')).toEqual([]);
    const of = (severity: string): string[] =>
      namesOf('wcp', '--field-selector', `spec.severity=${severity}`);
    expect(['Low', 'Medium', 'High', 'Critical'].flatMap(of).sort()).toEqual(namesOf('wcp').sort());
    expect(of('High').length).toBeLessThan(namesOf('wcp').length);
  });

  /** What a tool that syncs would find to do. */
  const differences = (): string[] => {
    const texts = [
      ['menshen', ['--values', 'charts/menshen/ci/evaluation-values.yaml'], 'menshen', SYSTEM],
      ['wecom-tenant', TENANT, 'acme', []],
    ] as const;
    return texts
      .map(([chart, values, release, more]) => {
        const text = renderText(chart, [...values, '--skip-tests'], release);
        return kubectl(['diff', '--server-side', '--force-conflicts', ...more, '--filename', '-'], text);
      })
      .filter(({ status }) => status !== 0)
      .map(({ stdout, stderr }) => stdout + stderr);
  };

  test('what is applied is what is there: no difference remains to be synced', () => {
    expect(differences()).toEqual([]);
  });

  test('nor does one after an operator, by the rights of its ServiceAccount, has made of it what it makes', {
    timeout: 120_000,
  }, async () => {
    for (const [name, key] of [
      ['acme-wecom', 'archive'],
      ['acme-wecom-keys', 'v1.pem'],
    ])
      succeeds(
        kubectl([
          ...['create', 'secret', 'generic', name ?? '', `--from-literal=${key}=a secret`],
          ...['--namespace', 'compliance'],
        ]),
      );
    const { transport, clock } = await speakAs(writeKubeconfigOf('menshen'));
    const refused: string[] = [];
    const operator = await runMenshen(
      { transport: noticeRefusals(transport, refused), clock },
      // As in the values.
      { namespace: 'menshen-system', leaderElection: undefined },
    );
    const areLookedAt = (): boolean[] =>
      (live('wct,wcp', '--namespace', 'compliance')?.['items'] ?? []).map(
        ({ metadata, status }: Manifest & { readonly status?: { readonly observedGeneration?: number } }) =>
          status?.observedGeneration === (metadata as unknown as Made).generation,
      );
    const waiting = { timeout: 60_000, interval: 500 };
    const objects = areLookedAt().length;
    expect(objects).toBeGreaterThan(8);
    await expect.poll(areLookedAt, waiting).toEqual(Array(objects).fill(true));
    const deployment = ['deployment', 'acme-compact', '--namespace', 'compliance'];
    await expect.poll(() => live(...deployment)?.kind, waiting).toBe('Deployment');
    await operator.stop();
    expect(refused).toEqual([]);
    expect(differences()).toEqual([]);
  });

  test('the operator is upgraded and taken back; definitions, tenants and policies stay the very same', async () => {
    const level = (): string =>
      live('deployment', 'menshen', ...SYSTEM)?.['spec'].template.spec.containers[0].args.find(
        (one: string) => one.startsWith('--log-level='),
      );
    const uids = (): string[] =>
      ['crd', 'wct', 'wcp']
        .flatMap((kind): Manifest[] => live(kind, '--namespace', 'compliance')?.['items'] ?? [])
        .filter(({ kind, spec }) => kind !== 'CustomResourceDefinition' || spec.group === 'menshen.dev')
        .map(({ kind, metadata }) => `${kind} ${metadata.name} ${(metadata as unknown as Made).uid}`);
    const before = uids();
    const values = ['--values', 'charts/menshen/ci/evaluation-values.yaml', '--set', 'logLevel=debug'];
    succeeds(helmDo(['upgrade', 'menshen', 'charts/menshen', ...SYSTEM, ...values]));
    expect(level()).toBe('--log-level=debug');
    await expect.poll(uids, { timeout: 20_000, interval: 200 }).toEqual(before);
    succeeds(helmDo(['rollback', 'menshen', '1', ...SYSTEM]));
    expect(level()).toBe('--log-level=info');
    await expect.poll(uids, { timeout: 20_000, interval: 200 }).toEqual(before);
    for (const kind of ['CustomResourceDefinition', 'WeComTenant', 'CompliancePolicy'])
      expect(before.some((one) => one.startsWith(`${kind} `))).toBe(true);
  });

  test('a changed policy is taken over, and taken back by a rollback', () => {
    const severity = (): string =>
      live('wcp', 'acme-off-channel', '--namespace', 'compliance')?.['spec'].severity;
    const before = severity();
    succeeds(
      helmDo([
        'upgrade',
        'acme',
        'charts/wecom-tenant',
        ...TENANT,
        '--set',
        'policies.overrides.off-channel.severity=Critical',
      ]),
    );
    expect(severity()).toBe('Critical');
    expect(before).not.toBe('Critical');
    succeeds(helmDo(['rollback', 'acme', '1', '--namespace', 'compliance']));
    expect(severity()).toBe(before);
  });

  test.each([
    ['spec.scanner.maxReplicas=2', 'more than one scanner needs a Deployment per role'],
    ['spec.corpId=ww9999999999999999', 'corpId is immutable'],
  ])('an upgrade with %s is refused in words', (set, words) => {
    const { status, stderr } = helmDo(['upgrade', 'acme', 'charts/wecom-tenant', ...TENANT, '--set', set]);
    expect(status).not.toBe(0);
    expect(stderr).toContain(words);
    succeeds(helmDo(['rollback', 'acme', '1', '--namespace', 'compliance']));
  });

  test('uninstalling the operator leaves tenants and policies, and it can be installed again over them', () => {
    const before = live('wct', 'acme', '--namespace', 'compliance')?.metadata as unknown as Made;
    succeeds(helmDo(['uninstall', 'menshen', ...SYSTEM]));
    expect(live('deployment', 'menshen', ...SYSTEM)).toBeUndefined();
    expect(live('clusterrole', 'menshen-operator')).toBeUndefined();
    expect(live('wct', 'acme', '--namespace', 'compliance')?.metadata).toMatchObject({
      uid: before.uid,
    });
    succeeds(helmDo(['install', 'menshen', 'charts/menshen', ...SYSTEM]));
    expect(live('deployment', 'menshen', ...SYSTEM)?.['spec'].replicas).toBe(2);
  });

  test('uninstalling a tenant leaves nothing of it, and nothing hangs', async () => {
    succeeds(helmDo(['uninstall', 'acme', '--namespace', 'compliance', '--wait', '--timeout', '20s']));
    // Installing the definitions again has made the API server open their storage anew, for which it answers 429 for a moment.
    const left = (): unknown => live('wct,wcp', '--namespace', 'compliance')?.['items'];
    await expect.poll(left, { timeout: 20_000, interval: 200 }).toEqual([]);
  });
});
