// Step: whether the volume with the library of the Finance SDK is there. Without its claim the pod waits for ever and ingest, which would say
// what is missing, never starts. Whether the file is on it only ingest sees.
import type { SettledTenant } from '../settled-tenant.ts';
import type { StepResult } from '../step.ts';
import type { ObjectStorePorts } from './check-object-store.ts';

const TYPE = 'IngestAvailable';
const LOOK_AGAIN_MS = 15_000;
const NOTHING_TO_SAY: StepResult = { conditions: [] };

/** Says nothing where nothing is missing: whether ingest runs is seen by its Deployment. Rejects with ApiError. */
export async function checkSdkClaim(
  { metadata, spec }: SettledTenant,
  { claimExists }: Pick<ObjectStorePorts, 'claimExists'>,
): Promise<StepResult> {
  const claim = spec.source.engine === 'FinanceSDK' ? spec.source.sdk.volumeClaimName : undefined;
  // Of a suspended tenant there is no pod that could wait.
  if (claim === undefined || spec.suspend) return NOTHING_TO_SAY;
  if (await claimExists(metadata.namespace, claim)) return NOTHING_TO_SAY;
  const message = `there is no PersistentVolumeClaim ${claim} in ${metadata.namespace}, so the pod that captures cannot start: create it with the library on it, or correct spec.source.sdk.volumeClaimName`;
  return {
    conditions: [{ type: TYPE, status: 'False', reason: 'SdkUnusable', message }],
    requeueAfterMs: LOOK_AGAIN_MS,
  };
}
