// What a chaos run asks of a program that it has started: both talk over the pipe that Node gives a child.
import type { ChildProcess } from 'node:child_process';

/**
 * The next thing of this kind that ingest, as a child process, says. Call it before asking, so that no answer is missed. Rejects when the child ends,
 * or is silent for `limitMs`.
 */
export function awaitAnswer<Said extends { readonly kind: string }, Kind extends Said['kind']>(
  child: ChildProcess,
  kind: Kind,
  limitMs: number,
): Promise<Extract<Said, { readonly kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      child.off('message', hear);
      child.off('exit', fail);
      how();
    };
    const fail = (): void => settle(() => reject(new Error('ingest has ended; see its log')));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`ingest did not say ${kind} in time`))),
      limitMs,
    );
    const hear = (message: unknown): void => {
      const said = message as Extract<Said, { readonly kind: Kind }>;
      if (said.kind === kind) settle(() => resolve(said));
    };
    child.on('message', hear);
    child.once('exit', fail);
  });
}
