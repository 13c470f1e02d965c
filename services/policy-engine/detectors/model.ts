// What a model server of the tenant thinks of a text. The engine never asks a server: it reads answers that come with the message, and says
// which it misses (`Sight.askModel`). Without an answer the condition does not hold, and the message is judged again when there is one.
import type { Clue, Detector, Hit, Sight } from '../detector.ts';

export interface ModelOptions {
  /** Name under spec.models of the WeComTenant. */
  readonly server: string;
  readonly label: string;
  /** Default 0.8. */
  readonly atLeast?: number;
}

export const model: Detector<ModelOptions> = { name: 'model', compile };

function compile({ server, label, atLeast = 0.8 }: ModelOptions) {
  const find = (sight: Sight): Hit[] => {
    const answer = sight.facts.models.find((one) => one.server === server);
    if (answer === undefined) {
      sight.askModel(server);
      return [];
    }
    return answer.scores.flatMap((scores, index): Hit[] => {
      const score = scores[label];
      if (score === undefined || score < atLeast) return [];
      const path = sight.facts.texts[index]?.path ?? '';
      const value = `${label} ${score.toFixed(2)} by ${answer.model} ${answer.version}`;
      return [{ kind: 'fact', path, value, label: `model.${server}.${label}` }];
    });
  };
  return { triggers: [{ kind: 'clue' as const, clue: hasText }], isDear: true as const, find };
}

/** Nothing cheaper tells what a model thinks: a rule is asked for by its other conditions. */
const hasText: Clue = (text) => text.length > 0;
