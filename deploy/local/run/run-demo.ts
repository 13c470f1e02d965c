// One run of the demo: start, watch, show, and, when it has an end, judge it and say so.
import { join } from 'node:path';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import type { Clock } from '@menshen/contracts/clock';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';
import { judgeProgress } from '../results/judge-progress.ts';
import { readFindings } from '../results/read-findings.ts';
import { type Display, lineDisplay, screenDisplay } from '../view/display.ts';
import { renderFindingLine } from '../view/render-progress.ts';
import type { TerminalOutput } from '../view/terminal-screen.ts';
import type { AppliedEvent } from './apply-manifests.ts';
import { RunObserver } from './observe-run.ts';
import type { DemoArguments } from './read-arguments.ts';
import type { PlainMessage } from './read-plain-messages.ts';
import type { AlertReceiver } from './receive-alerts.ts';
import { reportRun } from './report-run.ts';
import {
  appendPlainMessages,
  countGenerated,
  readProtocolErrors,
  readTruth,
  simulatorArguments,
} from './simulator-truth.ts';
import { startLocal } from './start-local.ts';
import type { Simulator } from './start-simulator.ts';

export interface DemoRun {
  readonly args: DemoArguments;
  /** Manifests of a real tenant, made for local mode; absent = the demo's own, with the simulator. */
  readonly tenantFile: string | undefined;
  /** Messages of a file; absent = the simulator generates them. */
  readonly plain: readonly PlainMessage[] | undefined;
  readonly dataFolder: string;
  readonly repository: string;
  readonly path: string;
  readonly clock: Clock;
  readonly output: TerminalOutput;
  readonly isTerminal: boolean;
  /** A line for people, beside the output. */
  readonly say: (line: string) => void;
  /** Resolves when the user wants to end it. */
  readonly untilInterrupted: () => Promise<void>;
}

const NAMESPACE = 'menshen-demo';
/** The tenant that the simulator plays; beside it the policy library is followed, and edited while the demo runs. */
const DEMO_TENANT = 'deploy/local/demo';
const LOOK_PERIOD_MS = 300;

/** Runs it and gives the exit code: 0 all is well, 1 it is not, 130 ended by the user before its end. Rejects when it cannot start. */
export async function runDemo(run: DemoRun): Promise<number> {
  let interrupted = false;
  const interruption = run.untilInterrupted().then(() => {
    interrupted = true;
  });
  const startedAtMs = run.clock.nowMs();
  const display = run.isTerminal ? screenDisplay(run.output) : lineDisplay(run.say);
  const events = new EventRelay(display);
  const isReal = run.tenantFile !== undefined;
  run.say(`starting nats-server${isReal ? ' and ClickHouse' : ', ClickHouse and the WeCom simulator'} …`);
  const local = await startLocal({
    repository: run.repository,
    dataFolder: run.dataFolder,
    manifests: [run.tenantFile ?? join(run.repository, DEMO_TENANT), join(run.repository, 'deploy/policies')],
    namespace: NAMESPACE,
    ...(isReal
      ? {}
      : { simulatorArguments: simulatorArguments(run.args, run.plain, join(run.dataFolder, 'simulator')) }),
    path: run.path,
    clock: run.clock,
    onEvents: (happened) => events.add(happened),
  });
  run.say(howToAsk(local.clickhouseUrl, local.tenant.spec.corpId, run.clock.nowMs()));
  const clickhouse = openClickHouse({
    url: local.clickhouseUrl,
    ...LOCAL_CLICKHOUSE_USER,
    database: `wecom_${local.tenant.spec.corpId}`,
  });
  let conclusion: Conclusion;
  try {
    const { simulator } = local;
    if (run.plain !== undefined && simulator !== undefined) await appendPlainMessages(simulator, run.plain);
    const observer = new RunObserver({
      local,
      clickhouse,
      clock: run.clock,
      startedAtMs,
      ...(simulator === undefined ? {} : { countGenerated: () => countGenerated(simulator) }),
      policiesFolder: 'deploy/policies',
      dataFolder: run.dataFolder,
    });
    events.attach(observer);
    await watch({ run, observer, display, interruption, isInterrupted: () => interrupted });
    display.end();
    conclusion =
      interrupted || !hasEnd(run) || simulator === undefined
        ? ended(run)
        : await conclude(run, { simulator, receiver: local.receiver }, clickhouse);
  } finally {
    display.end();
    run.say('draining and stopping …');
    await clickhouse.close();
    await local.stop();
  }
  // After everything else, so that the JSON object is the last line there is.
  for (const line of conclusion.lines) run.output.write(`${line}\n`);
  return conclusion.code;
}

/** The command that asks this run's archive, to be pasted into another terminal. */
function howToAsk(url: string, corpId: string, nowMs: number): string {
  const { username, password } = LOCAL_CLICKHOUSE_USER;
  const environment = `MENSHEN_CLICKHOUSE_URL=${url} MENSHEN_CLICKHOUSE_USER=${username} MENSHEN_CLICKHOUSE_PASSWORD=${password}`;
  // The generated story lies in the five days that WeCom keeps.
  const from = new Date(nowMs - 5 * 24 * 3_600_000).toISOString().slice(0, 10);
  return `what is covered: ${environment} npm run -s menshen -- coverage --corp ${corpId} --from ${from}`;
}

interface Conclusion {
  readonly code: number;
  readonly lines: readonly string[];
}

/** The user ended it: fine where there is no end, early where there is one. */
const ended = (run: DemoRun): Conclusion => ({ code: hasEnd(run) ? 130 : 0, lines: [] });

const hasEnd = (run: DemoRun): boolean => run.args.exit || run.plain !== undefined;

/** Events come from the first moment on; who keeps them for the screen comes later. */
class EventRelay {
  readonly #display: Display;
  #early: AppliedEvent[] = [];
  #observer: RunObserver | undefined;

  constructor(display: Display) {
    this.#display = display;
  }

  add(events: readonly AppliedEvent[]): void {
    if (this.#observer === undefined) this.#early.push(...events);
    this.#observer?.addEvents(events);
    for (const { good, text } of events) this.#display.tell(text, good);
  }

  attach(observer: RunObserver): void {
    this.#observer = observer;
    observer.addEvents(this.#early.splice(0));
  }
}

interface Watching {
  readonly run: DemoRun;
  readonly observer: RunObserver;
  readonly display: Display;
  readonly interruption: Promise<void>;
  readonly isInterrupted: () => boolean;
}

/** Looks and shows until the run is over or the user ends it. */
async function watch({ run, observer, display, interruption, isInterrupted }: Watching): Promise<void> {
  while (!isInterrupted()) {
    await look(observer, display);
    display.show(observer.snapshot());
    if (hasEnd(run) && isOver(run, observer)) return;
    await Promise.race([interruption, new Promise((resolve) => setTimeout(resolve, LOOK_PERIOD_MS))]);
  }
}

async function look(observer: RunObserver, display: Display): Promise<void> {
  try {
    await observer.look();
  } catch (error) {
    // An engine that is being restarted: what was seen last stays on the screen.
    const text = `cannot look: ${error instanceof Error ? error.message : String(error)}`;
    observer.addEvents([{ good: false, text }]);
    display.tell(text, false);
  }
  for (const { text } of observer.newComplaints()) display.tell(text, false);
}

function isOver(run: DemoRun, observer: RunObserver): boolean {
  const target = run.plain?.length ?? run.args.messages;
  const isTold = observer.snapshot().counts.generated >= target;
  const state = judgeProgress({
    counts: observer.counts(),
    generated: isTold ? target : undefined,
    nowMs: run.clock.nowMs(),
    movedAtMs: observer.movedAtMs(),
  });
  return state !== 'Running';
}

/** Who knows what should have come out. */
interface Witnesses {
  readonly simulator: Simulator;
  readonly receiver: AlertReceiver;
}

/** What was found (of a file), the one JSON object, and the exit code; says at once what is not as it must be. */
async function conclude(run: DemoRun, local: Witnesses, clickhouse: ClickHouse): Promise<Conclusion> {
  const found =
    run.plain === undefined
      ? []
      : await readFindings(clickhouse, { most: 100_000, order: 'in order', namespace: NAMESPACE });
  const truth = await readTruth(local.simulator);
  const { report, faults } = await reportRun(clickhouse, truth, { plants: run.plain === undefined });
  const allFaults = [...faults, ...(await listProtocolFaults(local))];
  for (const fault of allFaults) run.say(`! ${fault}`);
  return {
    code: allFaults.length === 0 ? 0 : 1,
    lines: [...found.map(renderFindingLine), JSON.stringify(report)],
  };
}

/** What the simulator and the alert receiver, which check everything they are sent, did not accept. */
async function listProtocolFaults(local: Witnesses): Promise<string[]> {
  const refused = local.receiver.refused();
  return [
    ...(await readProtocolErrors(local.simulator)),
    ...(refused === 0 ? [] : [`${refused} notices were not signed as they must be`]),
  ];
}
