// A worker thread that evaluates: compiling and matching never hold up the thread that talks to NATS. Started by evaluator.ts.
import { parentPort } from 'node:worker_threads';
import { createAnswerer } from './answer-requests.ts';
import { END, type EvaluatorAnswer, type EvaluatorRequest } from './evaluation-job.ts';

const port = parentPort;
if (port === null) throw new Error('evaluate-worker runs as a worker thread only');

const answer = createAnswerer(() => performance.now());
port.on('message', (request: EvaluatorRequest | typeof END) => {
  if (request === END) {
    port.close();
    return;
  }
  const answered = answer(request);
  port.postMessage(answered, buffersOf(answered));
});
port.postMessage({ kind: 'Loaded' } satisfies EvaluatorAnswer);

/** Judgements are given away, not copied. */
function buffersOf(answered: EvaluatorAnswer): ArrayBuffer[] {
  if (answered.kind !== 'Result' || answered.result.kind !== 'Evaluated') return [];
  return answered.result.packed.map(({ payload }) => payload.buffer);
}
