// Many messages of one sender to one conversation in a short time. The counts are facts that come with the message (recent-messages.ts):
// the engine asks for windows and sees no message but the one at hand.
import type { Detector, Hit, Plan, Sight } from '../detector.ts';

export interface BurstOptions {
  /** Messages within the window, the one at hand included. */
  readonly atLeast: number;
  readonly withinSeconds: number;
  /** First: the message that completes the burst. Every: that and each that goes on with it. Default First. */
  readonly hits?: 'First' | 'Every';
}

export const burst: Detector<BurstOptions> = { name: 'burst', compile };

function compile({ atLeast, withinSeconds, hits = 'First' }: BurstOptions, plan: Plan) {
  plan.countRecent(withinSeconds);
  const find = ({ facts }: Sight): Hit[] => {
    const recent = facts.recent.find((fact) => fact.withinSeconds === withinSeconds);
    if (recent === undefined || recent.messages < atLeast) return [];
    if (hits === 'First' && recent.before >= atLeast) return [];
    const value = `${recent.messages} messages within ${withinSeconds} s`;
    return [{ kind: 'fact', path: 'msgtime', value, label: 'burst' }];
  };
  return { triggers: [{ kind: 'always' as const }], find };
}
