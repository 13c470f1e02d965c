// The size of the message's files or texts, in bytes.
import type { Detector, Hit, Plan, Sight } from '../detector.ts';

export interface SizeOptions {
  /** Default Media. */
  readonly of?: 'Media' | 'Text';
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

export const size: Detector<SizeOptions> = { name: 'size', compile };

function compile(options: SizeOptions, plan: Plan) {
  const min = options.minBytes ?? 0;
  const max = options.maxBytes ?? Number.POSITIVE_INFINITY;
  if (min > max)
    plan.reject({
      field: 'minBytes',
      value: min,
      message: 'minBytes exceeds maxBytes, so no size can hit',
      remedy: 'make minBytes the smaller of the two',
    });
  const ofText = options.of === 'Text';
  const find = (sight: Sight): Hit[] =>
    (ofText ? textSizes(sight) : sight.facts.media)
      .filter(({ sizeBytes }) => sizeBytes >= min && sizeBytes <= max)
      .map(({ path, sizeBytes }) => ({ kind: 'fact', path, value: `${sizeBytes} bytes`, label: 'size' }));
  return { triggers: [{ kind: ofText ? ('always' as const) : ('media' as const) }], find };
}

const textSizes = ({ facts }: Sight) =>
  facts.texts.map(({ path, text }) => ({ path, sizeBytes: Buffer.byteLength(text) }));
