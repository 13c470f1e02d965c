// What Flux makes of an object by the expressions of deploy/gitops/flux, evaluated by the API server's own CEL: each expression is an admission
// policy that only warns, and a change that is not kept (`--dry-run=server`) shows of which ones it is not true.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { ROOT, readManifests } from './run-helm.testkit.ts';

const PARTS = ['inProgress', 'failed', 'current'] as const;
type Part = (typeof PARTS)[number];
type Expressions = { readonly kind: string } & Readonly<Record<Part, string>>;
export type Verdict = 'InProgress' | 'Failed' | 'Current';

const nameOf = (kind: string, part: Part): string => `${kind}-${part}`.toLowerCase();

function policiesOf({ kind, ...expressions }: Expressions): unknown[] {
  const plural = kind === 'WeComTenant' ? 'wecomtenants' : 'compliancepolicies';
  const rule = {
    apiGroups: ['menshen.dev'],
    apiVersions: ['*'],
    operations: ['UPDATE'],
    resources: [plural],
  };
  return PARTS.flatMap((part) => {
    const name = nameOf(kind, part);
    const expression = expressions[part].replaceAll(/\b(status|metadata)\./g, 'object.$1.');
    const head = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name } };
    return [
      {
        ...head,
        kind: 'ValidatingAdmissionPolicy',
        spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression }] },
      },
      {
        ...head,
        kind: 'ValidatingAdmissionPolicyBinding',
        spec: { policyName: name, validationActions: ['Warn'] },
      },
    ];
  });
}

/** Asks as `kubectl` of a control plane. Policies come into force a moment after they are made. */
export function askAsFlux(kubectl: string, kubeconfig: string) {
  const run = (args: readonly string[], input?: string) =>
    spawnSync(kubectl, ['--kubeconfig', kubeconfig, ...args], {
      encoding: 'utf8',
      ...(input === undefined ? {} : { input }),
    });
  return {
    install(): void {
      const all = readManifests(readFileSync(`${ROOT}deploy/gitops/flux/kustomizations.yaml`, 'utf8'));
      const expressions = all.flatMap(({ spec }): Expressions[] => spec.healthCheckExprs ?? []);
      const text = expressions
        .flatMap(policiesOf)
        .map((one) => stringify(one))
        .join('---\n');
      const { status, stderr } = run(['apply', '--filename', '-'], text);
      if (status !== 0) throw new Error(stderr);
    },
    /** The expressions that are false, or have no answer. */
    untrue(kind: string, namespace: string, name: string): Part[] {
      const at = ['--namespace', namespace, kind, name];
      const { status, stderr } = run(['label', '--dry-run=server', '--overwrite', ...at, 'asked=1']);
      if (status !== 0) throw new Error(stderr);
      return PARTS.filter((part) => stderr.includes(`'${nameOf(kind, part)}'`));
    },
  };
}

/** Flux takes the first that is true, in this order, and waits when none is. */
export function verdictOf(untrue: readonly Part[]): Verdict {
  if (!untrue.includes('inProgress')) return 'InProgress';
  if (!untrue.includes('failed')) return 'Failed';
  return untrue.includes('current') ? 'InProgress' : 'Current';
}
