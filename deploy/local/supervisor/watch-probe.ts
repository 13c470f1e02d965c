// An HTTP probe, asked as the kubelet asks it: every period, with a time-out, and a verdict after so many failures in a row.
import { get } from 'node:http';
import type { Probe } from '@menshen/operator/tenants/render/manifest-types';

export interface ProbeEvents {
  onSuccess(): void;
  /** `failureThreshold` failures in a row; `why` is what the last one said. */
  onFailure(why: string): void;
}

/** Starts asking at once; the result stops it. `port` is the local port behind the probe's named one. */
export function watchProbe(probe: Probe, port: number, events: ProbeEvents): () => void {
  let failures = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const ask = async (): Promise<void> => {
    const problem = await askOnce(probe, port);
    if (stopped) return;
    timer = setTimeout(ask, probe.periodSeconds * 1000);
    failures = problem === undefined ? 0 : failures + 1;
    if (problem === undefined) events.onSuccess();
    else if (failures >= probe.failureThreshold) events.onFailure(problem);
  };
  void ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

const LONGEST_ANSWER = 2000;

/** `undefined` when well, else why not. Never rejects. A connection for each question, so that a draining server is not held open. */
function askOnce(probe: Probe, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const signal = AbortSignal.timeout(probe.timeoutSeconds * 1000);
  const request = get(
    { host: '127.0.0.1', port, path: probe.httpGet.path, agent: false, signal },
    (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        if (text.length < LONGEST_ANSWER) text += chunk;
      });
      answer.on('error', (error) => resolve(error.message));
      answer.on('end', () => {
        const well = answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 400;
        resolve(well ? undefined : `${answer.statusCode}: ${text.trim()}`);
      });
    },
  );
  request.on('error', (error) => resolve(signal.aborted ? 'no answer in time' : error.message));
  return promise;
}
