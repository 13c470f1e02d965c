// What a soak has measured, as one object, and what of it must hold.
import type { EventCounts } from './count-events.ts';
import type { Wrong } from './judge-end.ts';
import type { Troubles } from './make-troubles.ts';
import { passesOf, type Span } from './measure-span.ts';
import type { Scene } from './open-scene.ts';
import type { Refusal } from './read-audit.ts';
import type { SoakOptions } from './run-soak.ts';

export interface SoakResult {
  readonly tenants: number;
  readonly policies: number;
  readonly seed: number;
  readonly minutes: number;
  readonly edits: FleetCounts & { readonly byKind: Readonly<Record<string, number>> };
  readonly troubles: Troubles['happened'];
  /** Objects, pointers and children that were not as meant when patience had run out. */
  readonly missed: number;
  /** Calls that the chart's rights did not allow. */
  readonly refusedCalls: readonly string[];
  /** Calls that an API server refused before it was ready: it answers before it knows roles and bindings. */
  readonly refusedByStartingApiServer: number;
  readonly fleetMadeSeconds: number;
  readonly settledSeconds: number;
  readonly whileEditing: Activity;
  readonly whileQuiet: Activity | undefined;
  readonly memoryMiB: { readonly leader: number; readonly standby: number };
  /** ms; calm: no trouble within 20 s before. */
  readonly tenantReadyMs: object;
  readonly freshTenantReadyMs: readonly number[];
  readonly policyEditToPointersMs: object;
  readonly longestMs: Troubles['longestMs'];
  readonly events: EventCounts;
  /** Operators that ended without being killed, by exit code; 1 is a lost Lease. */
  readonly operatorExits: Readonly<Record<string, number>>;
}

type FleetCounts = Scene['editor']['counts'];

export interface Activity {
  readonly seconds: number;
  readonly passesPerTenantMinute: number;
  readonly passesPerPolicyMinute: number;
  readonly failedPasses: number;
  readonly callsPerSecond: number;
  /** Of these, for the Lease. */
  readonly leaseCallsPerSecond: number;
  readonly eventCalls: number;
  readonly calls: Readonly<Record<string, number>>;
}

export function composeResult(of: {
  readonly options: SoakOptions;
  readonly scene: Scene;
  readonly wrong: readonly Wrong[];
  readonly troubles: Troubles;
  readonly byKind: Readonly<Record<string, number>>;
  readonly edited: Span;
  readonly quiet: Span | undefined;
  readonly events: EventCounts;
  readonly madeMs: number;
  readonly settledMs: number;
}): SoakResult {
  const { options, scene, wrong, troubles, edited, quiet } = of;
  const { tenants, policies, seed, durationMs } = options;
  const { leader, standby } = scene.operators.mostMemory;
  return {
    tenants,
    policies,
    seed,
    minutes: round(durationMs / 60_000),
    edits: { ...scene.editor.counts, byKind: of.byKind },
    troubles: troubles.happened,
    missed: wrong.length,
    ...splitRefusals(scene.audit.refused, troubles),
    fleetMadeSeconds: Math.round(of.madeMs / 1000),
    settledSeconds: Math.round(of.settledMs / 1000),
    whileEditing: describe(edited, options),
    whileQuiet: quiet === undefined ? undefined : describe(quiet, options),
    memoryMiB: { leader: toMiB(leader), standby: toMiB(standby) },
    tenantReadyMs: scene.reactions.tenants.summary(),
    freshTenantReadyMs: scene.fresh.map(Math.round),
    policyEditToPointersMs: scene.reactions.edits.summary(),
    longestMs: troubles.longestMs,
    events: of.events,
    operatorExits: scene.operators.exits,
  };
}

function splitRefusals(refused: readonly Refusal[], { starting }: Troubles) {
  const isStarting = ({ atMs }: Refusal): boolean =>
    starting.some(([fromMs, untilMs]) => fromMs <= atMs && atMs <= untilMs);
  return {
    refusedCalls: [...new Set(refused.filter((one) => !isStarting(one)).map(({ call }) => call))],
    refusedByStartingApiServer: refused.filter(isStarting).length,
  };
}

function describe(span: Span, { tenants, policies }: SoakOptions): Activity {
  const { seconds, calls } = span;
  const minutes = seconds / 60;
  const count = (fits: (name: string) => boolean): number =>
    Object.entries(calls.calls).reduce((sum, [name, each]) => (fits(name) ? sum + each : sum), 0);
  return {
    seconds: Math.round(seconds),
    passesPerTenantMinute: round(passesOf(span, 'wecomtenant') / tenants / minutes),
    passesPerPolicyMinute: round(passesOf(span, 'compliancepolicy') / policies / minutes),
    failedPasses: Object.entries(span.passes).reduce(
      (sum, [name, each]) => (name.endsWith(' error') ? sum + each : sum),
      0,
    ),
    callsPerSecond: round(calls.total / seconds),
    leaseCallsPerSecond: round(count((name) => name.endsWith(' leases')) / seconds),
    eventCalls: count((name) => name.endsWith(' events')),
    calls: calls.calls,
  };
}

const MOST = { leaderMiB: 300, quietCallsPerSecond: 1, quietPassesPerObjectMinute: 1, freshReadyMs: 10_000 };

/** States that must hold at any speed of the machine; empty when they do. */
export function brokenStates(result: SoakResult): string[] {
  const { missed, refusedCalls, edits, operatorExits } = result;
  return [
    ...(missed > 0 ? [`${missed} things are not as they were meant`] : []),
    ...(refusedCalls.length > 0 ? [`the chart's rights did not allow ${refusedCalls.join(', ')}`] : []),
    ...(edits.wronglyAccepted > 0
      ? [`the API server took ${edits.wronglyAccepted} edits that it must refuse`]
      : []),
    ...Object.keys(operatorExits)
      .filter((code) => code !== '1')
      .map((code) => `an operator ended with ${code}`),
  ];
}

/** Figures that must hold. */
export function brokenFigures({ memoryMiB, whileQuiet, freshTenantReadyMs }: SoakResult): string[] {
  const limits: [string, number, number][] = [
    ['MiB of the operator that leads', memoryMiB.leader, MOST.leaderMiB],
    ['API calls a second when quiet', whileQuiet?.callsPerSecond ?? 0, MOST.quietCallsPerSecond],
    [
      'passes of a tenant a minute when quiet',
      whileQuiet?.passesPerTenantMinute ?? 0,
      MOST.quietPassesPerObjectMinute,
    ],
    [
      'passes of a policy a minute when quiet',
      whileQuiet?.passesPerPolicyMinute ?? 0,
      MOST.quietPassesPerObjectMinute,
    ],
    ['ms from making a tenant to Ready', Math.max(0, ...freshTenantReadyMs), MOST.freshReadyMs],
  ];
  return limits
    .filter(([, is, most]) => is > most)
    .map(([what, is, most]) => `${is} ${what}, ${most} at most`);
}

const round = (value: number): number => Math.round(value * 100) / 100;
const toMiB = (bytes: number): number => Math.round(bytes / 2 ** 20);
