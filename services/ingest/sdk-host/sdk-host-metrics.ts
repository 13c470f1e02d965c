// Metrics of the SDK hosts. Labels are fixed words.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { SdkRequest } from './frames.ts';
import type { HostEnd } from './host-process.ts';
import { LAYERS, type Layer } from './layers.ts';

/** Which handle of the corp: the one that pulls, or one that fetches media. */
export type Lane = 'pull' | 'media';

export interface SdkHostMetrics {
  started(lane: Lane, layers: readonly Layer[]): void;
  ended(lane: Lane, reason: HostEnd['reason'] | 'Idle'): void;
  called(call: SdkRequest['kind'], code: number): void;
}

/** Codes that the SDK documents (WeCom developer page p/91552). */
const isDocumented = (code: number): boolean => code === 0 || (code >= 10_000 && code <= 10_011);

export function createSdkHostMetrics(registry: Registry): SdkHostMetrics {
  const registers = [registry];
  const starts = new Counter({
    name: 'menshen_ingest_sdk_host_starts_total',
    help: 'Processes started for the Finance SDK, by what they are for.',
    labelNames: ['lane'],
    registers,
  });
  const ends = new Counter({
    name: 'menshen_ingest_sdk_host_ends_total',
    help: 'Processes of the Finance SDK that ended, by what they were for and why: Died, TimedOut and Garbage are the SDK misbehaving.',
    labelNames: ['lane', 'reason'],
    registers,
  });
  const calls = new Counter({
    name: 'menshen_ingest_sdk_calls_total',
    help: 'Answered calls of the Finance SDK, by call and return code.',
    labelNames: ['call', 'code'],
    registers,
  });
  const confinement = new Gauge({
    name: 'menshen_ingest_sdk_confinement',
    help: 'Layers that confine the Finance SDK: 1 in force, 0 not available here.',
    labelNames: ['layer'],
    registers,
  });
  return {
    started(lane, layers) {
      starts.inc({ lane });
      for (const layer of LAYERS) confinement.set({ layer }, layers.includes(layer) ? 1 : 0);
    },
    ended: (lane, reason) => ends.inc({ lane, reason }),
    called: (call, code) => calls.inc({ call, code: isDocumented(code) ? String(code) : 'other' }),
  };
}
