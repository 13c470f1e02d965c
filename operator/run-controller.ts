// One controller of the operator: its queue, its passes with metrics, a log line and a span each.

import type { Logger } from '@menshen/telemetry/logger';
import { inSpan } from '@menshen/telemetry/tracing';
import type { Clock, Random } from './kube/clock.ts';
import {
  type Controller,
  type ControllerObserver,
  type ControllerOptions,
  type Reconcile,
  startController,
} from './kube/controller.ts';
import { nameOf } from './kube/kube-object.ts';
import { createRetryPace } from './kube/retry-pace.ts';
import type { RuntimeMetrics } from './kube/runtime-metrics.ts';
import { createWorkQueue, type WorkQueue } from './kube/work-queue.ts';

export interface ControllerPlan {
  /** As in metrics and logs: `wecomtenant`. */
  readonly name: string;
  readonly workers: number;
  readonly reconcile: Reconcile;
  readonly resync: NonNullable<ControllerOptions['resync']>;
  /** Generation of the object now, for the log; `undefined` when it is gone. */
  readonly generationOf: (key: string) => number | undefined;
}

export interface ControllerTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: RuntimeMetrics;
  readonly logger: Logger;
  /** Unique for each pass. */
  readonly makeId: () => string;
}

/** Made before its controller, because changes arrive while this process still stands by. */
export function makeQueue(name: string, { clock, random, metrics }: ControllerTools): WorkQueue {
  const queue = createWorkQueue({
    clock,
    pace: createRetryPace(clock, random),
    observer: metrics.queue(name),
  });
  metrics.watchQueue(name, queue);
  return queue;
}

export function runController(
  plan: ControllerPlan,
  queue: WorkQueue,
  tools: ControllerTools & { readonly signal: AbortSignal },
): Controller {
  const { clock, random, metrics, signal } = tools;
  return startController({
    reconcile: traced(plan, tools),
    queue,
    clock,
    random,
    signal,
    workers: plan.workers,
    resync: plan.resync,
    observer: logged(plan, metrics.controller(plan.name, plan.workers), tools),
  });
}

function traced({ name, reconcile }: ControllerPlan, { makeId, logger }: ControllerTools): Reconcile {
  return async (key, context) => {
    const reconcileID = makeId();
    const attributes = { controller: name, ...nameOf(key), reconcileID };
    return await inSpan({ name: `reconcile ${name}`, attributes }, async () => {
      logger.debug(attributes, 'a pass begins');
      try {
        return await reconcile(key, context);
      } catch (error) {
        if (error instanceof Error) passOf.set(error, reconcileID);
        throw error;
      }
    });
  };
}

/** The id of the pass that an error ended: the controller only hands over the error. */
const passOf = new WeakMap<Error, string>();

function logged(
  { name, generationOf }: ControllerPlan,
  observer: ControllerObserver,
  { logger }: ControllerTools,
): ControllerObserver {
  return {
    passStarted: () => observer.passStarted(),
    passEnded: (pass) => {
      observer.passEnded(pass);
      const { key, outcome, tookMs, error, isTerminal } = pass;
      const about = {
        controller: name,
        ...nameOf(key),
        generation: generationOf(key),
        outcome,
        tookMs: Math.round(tookMs),
      };
      const reconcileID = error instanceof Error ? passOf.get(error) : undefined;
      if (outcome === 'error') logger.error({ ...about, reconcileID, isTerminal, error }, 'a pass failed');
      else logger.debug(about, 'a pass ended');
    },
  };
}
