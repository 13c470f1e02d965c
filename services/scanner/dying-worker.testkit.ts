// An evaluator that a message can kill: the real one, except that it dies or hangs over a message that says so.
// Started as a worker thread or as a child process.
import { parentPort } from 'node:worker_threads';
import { createAnswerer } from './answer-requests.ts';
import type { EvaluatorAnswer, EvaluatorRequest } from './evaluation-job.ts';

const answer = createAnswerer(() => performance.now());
const take = (request: EvaluatorRequest): void => {
  if (request.kind === 'Evaluate') {
    const bytes = Buffer.from(request.job.bytes).toString('latin1');
    if (bytes.includes('KILL')) process.exit(3);
    while (bytes.includes('HANG'));
  }
  send(answer(request));
};
function send(answered: EvaluatorAnswer): void {
  if (parentPort === null) process.send?.(answered);
  else parentPort.postMessage(answered);
}
if (parentPort === null) process.on('message', take);
else parentPort.on('message', take);
send({ kind: 'Loaded' });
