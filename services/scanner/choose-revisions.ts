// Which revision of each policy is tried next: the wanted one, or the last good one where the wanted one is not sound. Pure.
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { PolicyInput, RejectedPolicy } from './evaluation-job.ts';
import type { FetchedPolicy } from './fetch-policy.ts';

/** A revision of a policy that compiles. */
export interface Revision {
  readonly generation: number;
  readonly digest: string;
  readonly input: PolicyInput;
}

export interface Candidate {
  /** Key in the bucket. */
  readonly key: string;
  readonly pointer: PolicyPointer | undefined;
  readonly fetched: FetchedPolicy;
}

/** What is judged by, and what is said about what is not. */
export interface Choice {
  readonly revisions: ReadonlyMap<string, Revision>;
  readonly rejected: readonly RejectedPolicy[];
}

/**
 * `refused` holds the compile problems of bundles, by digest. A rejected policy is rejected alone: its last good revision,
 * where this process knows one, stays in force. A policy whose pointer is gone is gone.
 */
export function chooseRevisions(
  candidates: readonly Candidate[],
  lastGood: ReadonlyMap<string, Revision>,
  refused: ReadonlyMap<string, string>,
): Choice {
  const revisions = new Map<string, Revision>();
  const rejected: RejectedPolicy[] = [];
  for (const candidate of candidates) {
    const problem = problemOf(candidate, refused);
    const good = lastGood.get(candidate.key);
    if (problem !== undefined) rejected.push({ policy: nameOf(candidate), detail: problem });
    const revision = problem === undefined ? wantedRevision(candidate) : good;
    if (revision !== undefined) revisions.set(candidate.key, revision);
  }
  return { revisions, rejected };
}

function problemOf(candidate: Candidate, refused: ReadonlyMap<string, string>): string | undefined {
  if (candidate.pointer === undefined) return 'the value in the POLICY bucket is not a policy pointer';
  if (!candidate.fetched.ok) return candidate.fetched.detail;
  return refused.get(candidate.pointer.digest);
}

function wantedRevision({ pointer, fetched }: Candidate): Revision | undefined {
  if (pointer === undefined || !fetched.ok) return undefined;
  return { generation: pointer.generation, digest: pointer.digest, input: fetched.input };
}

/** `<namespace>/<name>`, or the key where there is no pointer. */
export function nameOf({ key, pointer }: Candidate): string {
  return pointer === undefined ? key : `${pointer.namespace}/${pointer.name}`;
}
