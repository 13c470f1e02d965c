// The `restricted` Pod Security Standard, with a read-only root on top. Nothing in a tenant's pods needs more.
import type { ContainerSecurityContext, PodSecurityContext } from './manifest-types.ts';

/** The `nonroot` user of the image. */
const NONROOT = 65532;

export const POD_SECURITY: PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: NONROOT,
  runAsGroup: NONROOT,
  // Secret files and volumes belong to this group, so the process can read the ones and write the others.
  fsGroup: NONROOT,
  seccompProfile: { type: 'RuntimeDefault' },
};

export const CONTAINER_SECURITY: ContainerSecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
