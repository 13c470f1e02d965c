// One evaluator from the outside: a worker thread or a child process that answers one request at a time, and may die or hang over it.
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  type CompiledSet,
  END,
  type EvaluationJob,
  type EvaluationResult,
  type EvaluatorAnswer,
  type EvaluatorRequest,
  type PolicyInput,
} from './evaluation-job.ts';

/** The evaluator ended, or had to be ended. */
export class EvaluatorDied extends Error {
  /** True when it had this request in hand: then the request may be the cause. */
  readonly inHand: boolean;

  constructor(why: string, inHand: boolean) {
    super(why);
    this.inHand = inHand;
  }
}

/** How a request travels, and how the evaluator is ended. */
export interface EvaluatorPort {
  send(request: EvaluatorRequest): void;
  onAnswer(take: (answer: EvaluatorAnswer) => void): void;
  onEnd(take: (why: string) => void): void;
  end(): void;
}

/** A batch that takes longer hangs: matching is linear in the text, so this is far beyond any honest batch, ms. */
export const EVALUATION_LIMIT_MS = 20_000;
const COMPILATION_LIMIT_MS = 120_000;
const LOADING_LIMIT_MS = 60_000;

interface Waiting {
  readonly accept: (answer: EvaluatorAnswer) => void;
  readonly reject: (error: Error) => void;
}

export class Evaluator {
  readonly #port: EvaluatorPort;
  #waiting: Waiting | undefined;
  #queue: Promise<unknown>;
  #ids = 0;
  #ended: string | undefined;

  constructor(port: EvaluatorPort) {
    this.#port = port;
    port.onAnswer((answer) => this.#take(answer));
    port.onEnd((why) => this.#die(why));
    this.#queue = this.#wait(LOADING_LIMIT_MS);
    this.#queue.catch(() => undefined);
  }

  /** True until it died or was closed. */
  get alive(): boolean {
    return this.#ended === undefined;
  }

  async compile(policies: readonly PolicyInput[]): Promise<CompiledSet> {
    const answer = await this.#ask({ kind: 'Compile', id: ++this.#ids, policies }, COMPILATION_LIMIT_MS);
    if (answer.kind !== 'Compiled') throw new Error(`evaluator answered ${answer.kind} to Compile`);
    return answer.set;
  }

  /** Rejects with {@link EvaluatorDied}; the job's bytes are given away unless it says that it never had them in hand. */
  async evaluate(job: EvaluationJob, limitMs = EVALUATION_LIMIT_MS): Promise<EvaluationResult> {
    const answer = await this.#ask({ kind: 'Evaluate', id: ++this.#ids, job }, limitMs);
    if (answer.kind !== 'Result') throw new Error(`evaluator answered ${answer.kind} to Evaluate`);
    return answer.result;
  }

  /** Ends it after the requests that were made. */
  async close(): Promise<void> {
    await this.#queue.catch(() => undefined);
    this.#die('closed');
  }

  /** One request after the other, so that a death is the doing of the one in hand. */
  #ask(request: EvaluatorRequest, limitMs: number): Promise<EvaluatorAnswer> {
    const answered = this.#queue.then(() => {
      const answer = this.#wait(limitMs);
      if (this.alive) this.#port.send(request);
      return answer;
    });
    this.#queue = answered.catch(() => undefined);
    return answered;
  }

  #wait(limitMs: number): Promise<EvaluatorAnswer> {
    return new Promise((accept, reject) => {
      if (this.#ended !== undefined) {
        reject(new EvaluatorDied(this.#ended, false));
        return;
      }
      const timer = setTimeout(() => this.#die(`no answer within ${limitMs} ms`), limitMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting = undefined;
      };
      this.#waiting = {
        accept: (answer) => {
          settle();
          accept(answer);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
    });
  }

  #take(answer: EvaluatorAnswer): void {
    this.#waiting?.accept(answer);
  }

  #die(why: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#port.end();
    this.#waiting?.reject(new EvaluatorDied(why, true));
  }
}

/** From source or from dist: the file beside this one with the same extension. */
function scriptUrl(name: string): URL {
  return new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
}

/** A worker thread of this process. */
export function startWorkerEvaluator(script = scriptUrl('evaluate-worker')): Evaluator {
  const worker = new Worker(script);
  return new Evaluator({
    send: (request) => worker.postMessage(request, buffersOf(request)),
    onAnswer: (take) => worker.on('message', take),
    onEnd(take) {
      worker.on('error', (error) => take(error.name));
      worker.on('exit', (code) => take(`exit code ${code}`));
    },
    end: () => endThread(worker),
  });
}

/** How long a thread may take to end by itself, ms. */
const END_PATIENCE_MS = 1_000;

/** Asked first: Node 24 now and then crashes with the thread that it terminates [seen: SIGSEGV]. One that hangs does not hear it. */
function endThread(worker: Worker): void {
  worker.postMessage(END);
  const timer = setTimeout(() => void worker.terminate(), END_PATIENCE_MS);
  timer.unref();
  worker.once('exit', () => clearTimeout(timer));
}

function buffersOf(request: EvaluatorRequest): ArrayBuffer[] {
  return request.kind === 'Evaluate' ? [request.job.bytes.buffer] : [];
}

/** A process of its own. */
export function startProcessEvaluator(script = scriptUrl('evaluate-alone')): Evaluator {
  const child = fork(fileURLToPath(script), { serialization: 'advanced' });
  return new Evaluator({
    send: (request) => void child.send(request),
    onAnswer: (take) => child.on('message', (answer) => take(answer as EvaluatorAnswer)),
    onEnd(take) {
      child.on('error', (error) => take(error.name));
      child.on('exit', (code, signal) => take(signal === null ? `exit code ${code}` : `signal ${signal}`));
    },
    end: () => void child.kill('SIGKILL'),
  });
}
