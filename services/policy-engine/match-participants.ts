// Participants named by a policy, by id or by department path.
import type { Participants } from './policy-spec.ts';

export interface KnownParticipants {
  readonly ids: ReadonlySet<string>;
  /** Each path and, with a slash at its end, what lies below it. */
  readonly departments: readonly { readonly path: string; readonly below: string }[];
}

/** Prepares a selector; an absent one names nobody. */
export function knowParticipants(selector: Participants = {}): KnownParticipants {
  const paths = (selector.departments ?? []).map((path) => path.replace(/\/+$/, ''));
  return { ids: new Set(selector.ids), departments: paths.map((path) => ({ path, below: `${path}/` })) };
}

/** Whether one of the paths is one of the departments, or lies below one. `Acme/Sales` covers `Acme/Sales/East`, not `Acme/Salesforce`. */
export function isInDepartments(known: KnownParticipants, paths: readonly string[]): boolean {
  return known.departments.some(({ path, below }) =>
    paths.some((one) => one === path || one.startsWith(below)),
  );
}
