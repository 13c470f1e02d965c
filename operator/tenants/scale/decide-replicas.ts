// How many scanners a tenant needs, from the age of the oldest message that waits to be judged. Up soon and by as much as is missing, down
// late and by one: a scanner too many costs memory, one too few makes findings late.

export interface ScaleBounds {
  readonly min: number;
  readonly max: number;
  /** Age that is aimed at, ms. */
  readonly targetMs: number;
  /** How long it must have been calm before a scanner is taken away, ms. */
  readonly scaleDownWindowMs: number;
}

/** What is remembered between two decisions; lost without harm, but for a window that begins again. Monotonic times, ms. */
export interface ScaleMemory {
  /** Since when the age has been calm; absent while it is not. */
  readonly calmSinceMs?: number;
  /** When scanners were last added. */
  readonly raisedAtMs?: number;
}

export interface ScaleObservation {
  readonly nowMs: number;
  /** Scanners wanted at the moment. */
  readonly replicas: number;
  /** Age of the oldest waiting message, ms; 0: nothing waits. Absent: nobody says, and nothing is changed. */
  readonly oldestPendingMs?: number;
}

export interface ScaleDecision {
  readonly replicas: number;
  readonly memory: ScaleMemory;
}

/** Above this part of the target scanners are added … */
const RAISE_ABOVE = 1.1;
/** … and below this one they are too many. Between the two nothing happens, so that noise around the target changes nothing. */
const CALM_BELOW = 0.5;
/** New scanners must start, take partitions over and catch up before their number is judged, ms. */
const SETTLE_MS = 30_000;
/** At most doubled at a time: one old message is no proof that all are late. */
const LARGEST_STEP = 2;

export function decideReplicas(
  { nowMs, replicas, oldestPendingMs }: ScaleObservation,
  bounds: ScaleBounds,
  memory: ScaleMemory,
): ScaleDecision {
  const { targetMs, scaleDownWindowMs } = bounds;
  const current = clamp(replicas, bounds);
  const { raisedAtMs } = memory;
  const settled = raisedAtMs === undefined ? {} : { raisedAtMs };
  if (oldestPendingMs === undefined) return { replicas: current, memory: settled };

  const excess = oldestPendingMs / targetMs;
  if (excess > RAISE_ABOVE) {
    const isSettling = raisedAtMs !== undefined && nowMs - raisedAtMs < SETTLE_MS;
    if (isSettling) return { replicas: current, memory: settled };
    const raised = clamp(Math.ceil(current * Math.min(excess, LARGEST_STEP)), bounds);
    return { replicas: raised, memory: raised > current ? { raisedAtMs: nowMs } : settled };
  }
  if (excess >= CALM_BELOW) return { replicas: current, memory: settled };

  const calmSinceMs = memory.calmSinceMs ?? nowMs;
  if (nowMs - calmSinceMs < scaleDownWindowMs)
    return { replicas: current, memory: { ...settled, calmSinceMs } };
  // The next one has to earn a window of its own.
  return { replicas: clamp(current - 1, bounds), memory: { ...settled, calmSinceMs: nowMs } };
}

function clamp(replicas: number, { min, max }: ScaleBounds): number {
  return Math.min(Math.max(replicas, min), max);
}
