// What the operators did in a stretch of time: passes, calls to the API server.

import type { Scene } from './open-scene.ts';
import type { AuditedCalls } from './read-audit.ts';

export interface Span {
  readonly seconds: number;
  /** `<controller> <result>` → number. */
  readonly passes: Readonly<Record<string, number>>;
  readonly calls: AuditedCalls;
}

type Watched = Pick<Scene, 'operators' | 'audit' | 'clock'>;

export async function measureSpan({ operators, audit, clock }: Watched): Promise<{ end(): Promise<Span> }> {
  await audit.read();
  const before = operators.passes();
  const startedMs = clock.nowMs();
  return {
    end: async () => {
      const passes = [...operators.passes()].map(
        ([name, count]) => [name, count - (before.get(name) ?? 0)] as const,
      );
      return {
        seconds: (clock.nowMs() - startedMs) / 1000,
        passes: Object.fromEntries(passes),
        calls: await audit.read(),
      };
    },
  };
}

/** Of one controller, whatever became of them. */
export function passesOf({ passes }: Span, controller: string): number {
  return Object.entries(passes)
    .filter(([name]) => name.startsWith(`${controller} `))
    .reduce((sum, [, count]) => sum + count, 0);
}
