// A child process that evaluates one message at a time: what a message does to it, it does to nobody else. Started by judge-alone.ts.
import { createAnswerer } from './answer-requests.ts';
import type { EvaluatorAnswer, EvaluatorRequest } from './evaluation-job.ts';

const answer = createAnswerer(() => performance.now());
process.on('message', (request: EvaluatorRequest) => send(answer(request)));
// The scanner is gone: so is the reason to live.
process.on('disconnect', () => process.exit());
send({ kind: 'Loaded' });

function send(answered: EvaluatorAnswer): void {
  process.send?.(answered);
}
