// How deep a message holds what others wrote: a forwarded record is one deep, a record inside it two.
import type { Detector, Hit, Sight } from '../detector.ts';

export interface ForwardedOptions {
  /** Default 1. */
  readonly atLeastDepth?: number;
}

export const forwarded: Detector<ForwardedOptions> = { name: 'forwarded', compile };

function compile({ atLeastDepth = 1 }: ForwardedOptions) {
  const find = ({ facts }: Sight): Hit[] => {
    const depth = depthOf(facts);
    return depth < atLeastDepth
      ? []
      : [{ kind: 'fact', path: facts.messageType, value: `depth ${depth}`, label: 'forwarded' }];
  };
  return { triggers: [{ kind: 'types' as const, types: ['chatrecord', 'mixed'] }], find };
}

/** Read from the paths of texts and media: `chatrecord.item[0].item[2].content`. The items of a mixed message are its own. */
function depthOf({ messageType, texts, media }: Sight['facts']): number {
  const own = messageType === 'mixed' ? 1 : 0;
  const depths = [...texts, ...media].map(({ path }) => path.split('.item[').length - 1 - own);
  return Math.max(messageType === 'chatrecord' ? 1 : 0, ...depths);
}
