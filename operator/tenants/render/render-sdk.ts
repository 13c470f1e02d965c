// The three ways in which Tencent's library, which we may not ship, comes into the pod that captures: a volume claim, an image of the user's
// own, or the image of the services itself. Whether what is there is usable ingest finds out, and reports: a pod that crashed over it would
// tell nobody what to do.
import type { SettledSdk, SettledSpec } from '../settled-tenant.ts';
import type { InitContainer, PodSpec, Volume } from './manifest-types.ts';
import type { Workload } from './plan-workloads.ts';
import { CONTAINER_SECURITY } from './pod-security.ts';

/** Where the library's volume is mounted. */
export const SDK_FOLDER = '/opt/wecom-sdk';
const VOLUME = 'sdk';

/** Where ingest finds the library. */
export function sdkLibraryPath({ image, libraryPath }: SettledSdk): string {
  return image?.by === 'ImageVolume' ? `${SDK_FOLDER}${image.path}` : libraryPath;
}

/** `undefined` where no volume is needed: only ingest loads the library, and it may be part of the image. */
export function sdkVolume(spec: SettledSpec, workload: Workload): Volume | undefined {
  const sdk = sdkOf(spec, workload);
  if (sdk?.volumeClaimName !== undefined)
    return { name: VOLUME, persistentVolumeClaim: { claimName: sdk.volumeClaimName } };
  if (sdk?.image === undefined) return undefined;
  const { by, reference } = sdk.image;
  return by === 'Copy'
    ? { name: VOLUME, emptyDir: {} }
    : { name: VOLUME, image: { reference, pullPolicy: 'IfNotPresent' } };
}

/** The init container that copies the library out of its image; nothing where there is none to copy. */
export function renderSdkCopy(of: {
  readonly tenant: { readonly spec: SettledSpec };
  readonly workload: Workload;
}): Pick<PodSpec, 'initContainers'> {
  const sdk = sdkOf(of.tenant.spec, of.workload);
  if (sdk?.image?.by !== 'Copy') return {};
  const { reference, path } = sdk.image;
  const copy: InitContainer = {
    name: 'copy-sdk',
    image: reference,
    // A file that is not there ends in a condition, by way of ingest, and not in a pod that starts over and over.
    command: [
      'sh',
      '-c',
      'cp "$1" "$2" || echo "there is no $1 in this image" >&2; exit 0',
      'sh',
      path,
      sdk.libraryPath,
    ],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [{ name: VOLUME, mountPath: SDK_FOLDER }],
  };
  return { initContainers: [copy] };
}

function sdkOf({ source }: SettledSpec, { roles }: Workload): SettledSdk | undefined {
  return source.engine === 'FinanceSDK' && roles.includes('ingest') ? source.sdk : undefined;
}
