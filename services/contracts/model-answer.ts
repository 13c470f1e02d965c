// What a model outside has said of a message's texts: a fact like any other once it is written down. The model may change or go away; a verdict
// that rests on its answer is made again from the answer.

export interface ModelAnswer {
  /** Name of the server in the tenant, which policies use. */
  readonly server: string;
  /** As the server names itself. */
  readonly model: string;
  readonly version: string;
  /** For each text of the message, in order: label → score from 0 to 1. */
  readonly scores: readonly Readonly<Record<string, number>>[];
}

/** Kind of facts still to come while a server does not answer: `model:toxicity`. */
export const pendingModel = (server: string): string => `model:${server}`;
