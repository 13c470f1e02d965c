// What happens to the cluster while it is edited, and when: the API server dies every minute, and in between something else happens.

export type Trouble = 'KillApiServer' | 'CutWatches' | 'ForgetHistory' | 'KillLeader' | 'KillNats';

export interface PlannedTrouble {
  readonly atMs: number;
  readonly kind: Trouble;
}

const MINUTE_MS = 60_000;

/** In order of time. Less than a minute holds one of each but the forgotten history. */
export function planTroubles(durationMs: number): PlannedTrouble[] {
  const minutes = Math.floor(durationMs / MINUTE_MS);
  const at = (part: number, kind: Trouble): PlannedTrouble => ({ atMs: Math.round(durationMs * part), kind });
  if (minutes === 0)
    return [at(0.1, 'CutWatches'), at(0.3, 'KillApiServer'), at(0.6, 'KillLeader'), at(0.8, 'KillNats')];
  const natsDies = [Math.floor(minutes / 3), Math.floor((2 * minutes) / 3)];
  return Array.from({ length: minutes }, (_, minute) => {
    const within = (seconds: number, kind: Trouble): PlannedTrouble => ({
      atMs: minute * MINUTE_MS + seconds * 1000,
      kind,
    });
    return [
      within(5, minute % 2 === 0 ? 'CutWatches' : 'ForgetHistory'),
      within(20, 'KillApiServer'),
      ...(minute % 4 === 1 ? [within(40, 'KillLeader')] : []),
      ...(natsDies.includes(minute) ? [within(50, 'KillNats')] : []),
    ];
  }).flat();
}
