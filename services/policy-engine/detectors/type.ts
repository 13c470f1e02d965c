// The type of the message.
import type { Detector, Hit, Sight } from '../detector.ts';

export interface TypeOptions {
  readonly in: readonly string[];
}

export const type: Detector<TypeOptions> = { name: 'type', compile };

function compile(options: TypeOptions) {
  const types = new Set(options.in);
  const find = ({ facts }: Sight): Hit[] =>
    types.has(facts.messageType)
      ? [{ kind: 'fact', path: 'msgtype', value: facts.messageType, label: 'type' }]
      : [];
  return { triggers: [{ kind: 'types' as const, types: options.in }], find };
}
