// Two operators at one real API server: one acts, the other is ready; whatever becomes of the first, the second goes on, and never both act.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cuttable, killApiServer } from './make-trouble.ts';
import { installNotes, NOTES, type Note } from './notes.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { type RunningOperator, runOperator } from './run-operator.testkit.ts';
import { until } from './wait-until.ts';

const plane = await openControlPlane();

describe.skipIf(plane === undefined)('two operators', async () => {
  if (plane === undefined) return;
  const namespace = 'two-operators';
  const { client, transport, clock } = await speakAs(plane.kubeconfigFile);
  const running = new Map<string, RunningOperator>();
  const lines = new Map<string, ReturnType<typeof cuttable>>();
  let isOver = false;
  const acts: string[] = [];
  const conflicts: string[] = [];

  /** Starts one more; when it loses its Lease another takes its place, as a Deployment would have it. */
  const start = (): RunningOperator => {
    const identity = `operator-${running.size + 1}`;
    const line = cuttable(transport);
    const onAct = (acting: string): void => {
      acts.push(acting);
      for (const [other, { lease }] of running)
        if (other !== acting && lease.isHeld()) conflicts.push(`${acting} acts while ${other} may`);
    };
    const operator = runOperator({ transport: line.transport, clock, identity, namespace, onAct });
    running.set(identity, operator);
    lines.set(identity, line);
    operator.lease.over.addEventListener('abort', () => {
      if (!isOver) start();
    });
    return operator;
  };
  const holder = (): string | undefined => [...running].find(([, { lease }]) => lease.isHeld())?.[0];
  const write = async (name: string, n: number): Promise<void> => {
    const known = await client.get<Note>(NOTES, { namespace, name });
    if (known === undefined) await client.create<Note>(NOTES, { metadata: { namespace, name }, spec: { n } });
    else await client.replace<Note>(NOTES, { ...known, spec: { n } });
  };
  /** Who has done it. */
  const doer = async (name: string, n: number): Promise<string | undefined> => {
    let by: string | undefined;
    await until(`somebody has done ${name}=${n}`, async () => {
      const status = (await client.get<Note>(NOTES, { namespace, name }))?.status;
      by = status?.n === n ? status.by : undefined;
      return by !== undefined;
    });
    return by;
  };

  beforeAll(async () => {
    await installNotes(client, namespace);
  });
  afterAll(async () => {
    isOver = true;
    for (const operator of running.values()) await operator.stop();
    await plane.stop();
  });

  it('act one at a time; the second has everything ready', async () => {
    const [first, second] = [start(), start()];
    await until(
      'both are ready and one leads',
      () => first.hasSynced() && second.hasSynced() && holder() !== undefined,
    );
    await write('a', 1);
    expect(await doer('a', 1)).toBe(acts[0]);
  });

  it('go on through a restart of the API server', async () => {
    await killApiServer(plane);
    await write('a', 2);
    expect(await doer('a', 2)).toBeDefined();
    await until('somebody leads', () => holder() !== undefined);
  });

  it('change over when the one that leads is cut off from the API server', async () => {
    const leading = holder() ?? '';
    lines.get(leading)?.interrupt();
    await write('b', 1);
    expect(await doer('b', 1)).not.toBe(leading);
    expect(running.get(leading)?.lease.over.aborted).toBe(true);
    lines.get(leading)?.restore();
  });

  it('change over at once when the one that leads is stopped', async () => {
    const leading = holder() ?? '';
    await running.get(leading)?.stop();
    await write('c', 1);
    expect(await doer('c', 1)).not.toBe(leading);
  });

  it('never acted while another might', () => {
    expect(acts.length).toBeGreaterThanOrEqual(4);
    expect(conflicts).toEqual([]);
  });
});
