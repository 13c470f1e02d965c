// What a checker such as checkov has to say about the pods of a set of objects. One rule a line; names are ours.
import type { Manifest } from './run-helm.testkit.ts';

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly securityContext?: {
    readonly readOnlyRootFilesystem?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly privileged?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  };
  readonly [probe: string]: unknown;
}

interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile?: { readonly type?: string };
  };
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

type Rules<T> = Readonly<Record<string, (subject: T) => boolean>>;

/** Name of the rule → whether it is kept. */
const POD_RULES: Rules<Pod> = {
  'runs as non-root': ({ securityContext }) =>
    securityContext?.runAsNonRoot === true && (securityContext.runAsUser ?? 0) > 0,
  'has the default seccomp profile': ({ securityContext }) =>
    securityContext?.seccompProfile?.type === 'RuntimeDefault',
  'shares nothing of the host': ({ hostNetwork, hostPID, hostIPC, volumes }) =>
    !hostNetwork && !hostPID && !hostIPC && !(volumes ?? []).some((volume) => 'hostPath' in volume),
  'says whether it wants a token': ({ automountServiceAccountToken }) =>
    automountServiceAccountToken !== undefined,
};

const CONTAINER_RULES: Rules<Container> = {
  'image has a tag other than latest, or a digest': ({ image = '' }) =>
    /@sha256:[0-9a-f]{64}$/.test(image) || /:(?!latest$)[\w.-]+$/.test(image),
  'asks for CPU and memory': ({ resources }) =>
    resources?.requests?.['cpu'] !== undefined && resources.requests['memory'] !== undefined,
  'has a memory limit': ({ resources }) => resources?.limits?.['memory'] !== undefined,
  'root is read-only': ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true,
  'cannot gain privileges': ({ securityContext }) =>
    securityContext?.allowPrivilegeEscalation === false && securityContext.privileged !== true,
  'drops all capabilities': ({ securityContext }) =>
    securityContext?.capabilities?.drop?.includes('ALL') === true &&
    securityContext.capabilities.add === undefined,
  'holds no secret in its environment': ({ env }) =>
    !(env ?? []).some(({ name, value }) => value !== undefined && /password|secret|token|key/i.test(name)),
};

/** Only for what runs on and on. */
const SERVING_RULES: Rules<Container> = {
  'has a liveness probe': ({ livenessProbe }) => livenessProbe !== undefined,
  'has a readiness probe': ({ readinessProbe }) => readinessProbe !== undefined,
  'has a startup probe': ({ startupProbe }) => startupProbe !== undefined,
};

/** `<kind> <name>[/<container>]: <rule>` for each rule that is broken. */
export function podProblems(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const pod = podOf(manifest);
    if (pod === undefined) return [];
    const here = `${manifest.kind} ${manifest.metadata.name}`;
    const rules = manifest.kind === 'Pod' ? CONTAINER_RULES : { ...CONTAINER_RULES, ...SERVING_RULES };
    return [
      ...broken(POD_RULES, pod).map((rule) => `${here}: ${rule}`),
      ...pod.containers.flatMap((one) => broken(rules, one).map((rule) => `${here}/${one.name}: ${rule}`)),
      ...(pod.initContainers ?? []).flatMap((one) =>
        broken(CONTAINER_RULES, one).map((rule) => `${here}/${one.name}: ${rule}`),
      ),
    ];
  });
}

export function podOf(manifest: Manifest): Pod | undefined {
  return manifest.kind === 'Pod' ? manifest['spec'] : manifest['spec']?.template?.spec;
}

const broken = <T>(rules: Rules<T>, subject: T): string[] =>
  Object.entries(rules)
    .filter(([, isKept]) => !isKept(subject))
    .map(([rule]) => rule);
