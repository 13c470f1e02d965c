// A short run in every test run; the long one is `npm run chaos -- sdk-faults --faults 10000`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEADLY, LYING, STUCK, TRESPASSING } from '@menshen/sdk-stub/behaviours';
import { whyNoStub } from '@menshen/sdk-stub/build-stub';
import { seededRandom } from '@menshen/wecom-simulator/seeded-random';
import { describe, expect, it } from 'vitest';
import { faultsOf, planFault } from './plan-fault.ts';
import { isCleanSdkRun, runSdkFaults, type SdkFaultsResult } from './run-sdk-faults.ts';
import { readSdkFaultsArguments } from './sdk-faults-command.ts';

const problem = await whyNoStub();

describe.skipIf(problem !== undefined)(
  `faults of the Finance SDK (${problem ?? 'the stub can be built'})`,
  () => {
    it('ingest lives, loses, doubles and believes nothing, and no secret gets out', {
      timeout: 300_000,
    }, async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'menshen-sdk-faults-'));
      try {
        const result = await runSdkFaults({ faults: 250, seed: 7, dataDir }, () => undefined);
        expect(result).toMatchObject({
          faults: 250,
          ingestAlive: true,
          lost: 0,
          doubled: 0,
          forged: 0,
          deadLetters: 0,
          filesMissing: 0,
          secretsFound: 0,
          escaped: 0,
        });
        expect(result.restarts).toBeGreaterThan(50);
        expect(result.messages).toBeGreaterThan(500);
        expect(result.files).toBeGreaterThan(50);
        expect(result.searched.processes).toBeGreaterThan(10);
        expect(result.searched.logs).toBeGreaterThan(0);
        expect(isCleanSdkRun(result)).toBe(true);
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    });
  },
);

describe('the plan', () => {
  it('comes to everything that the library can do, on both of its calls', () => {
    for (const api of ['getchatdata', 'getchatmediadata'] as const) {
      const random = seededRandom(1);
      const planned = new Set(Array.from({ length: 20_000 }, () => planFault(random, faultsOf(api, 9)).name));
      for (const name of [...DEADLY, ...STUCK, ...TRESPASSING, ...LYING, 'call-out-9', 'code-10010', 'reset'])
        expect(planned, name).toContain(name);
    }
  });

  it('is the same for the same seed', () => {
    const plan = (seed: number): string[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 50 }, () => planFault(random, faultsOf('getchatdata', 9)).name);
    };
    expect(plan(3)).toEqual(plan(3));
    expect(plan(3)).not.toEqual(plan(4));
  });
});

describe('the verdict', () => {
  const clean: SdkFaultsResult = {
    faults: 1,
    kinds: { segv: 1 },
    restarts: 1,
    ingestAlive: true,
    messages: 1,
    lost: 0,
    doubled: 0,
    forged: 0,
    deadLetters: 0,
    files: 0,
    filesMissing: 0,
    secretsFound: 0,
    searched: { logs: 1, coreFiles: 0, otherFiles: 1, processes: 1, environments: 1, commandLines: 1 },
    coresPossible: true,
    escaped: 0,
    calledOut: 0,
    confinement: { LandlockNetwork: 1 },
    seconds: 1,
  };
  it('is good when all is 0', () => expect(isCleanSdkRun(clean)).toBe(true));
  it.each(['lost', 'doubled', 'forged', 'deadLetters', 'filesMissing', 'secretsFound', 'escaped'] as const)(
    'is bad for one %s',
    (name) => expect(isCleanSdkRun({ ...clean, [name]: 1 })).toBe(false),
  );
  it('is bad for a call to another port, where the kernel can refuse it', () => {
    expect(isCleanSdkRun({ ...clean, calledOut: 1 })).toBe(false);
    expect(isCleanSdkRun({ ...clean, calledOut: 1, confinement: { LandlockNetwork: 0 } })).toBe(true);
  });
  it('is bad for a dead ingest', () => expect(isCleanSdkRun({ ...clean, ingestAlive: false })).toBe(false));
});

describe('the command line', () => {
  it.each([
    [['--faults', '0'], /--faults is 0/],
    [['--faults', 'many'], /--faults is many/],
    [['--messages', '2'], /--messages/],
  ])('refuses %j with the reason', (argv, reason) => {
    expect(readSdkFaultsArguments(argv)).toEqual({ ok: false, problem: expect.stringMatching(reason) });
  });
});
