// The stub's C interface and memory rules, seen from a plain C program.
import { afterEach, describe, expect, it } from 'vitest';
import { buildStub, whyNoStub } from './build-stub.ts';
import { type SdkProcess, startSdk } from './call-sdk.testkit.ts';
import { FIXED_VECTOR } from './vector.testkit.ts';

const problem = await whyNoStub();
let sdk: SdkProcess | undefined;
afterEach(() => sdk?.kill());

describe.skipIf(problem !== undefined)(`the interface of the stub (${problem ?? 'OpenSSL found'})`, () => {
  it('exports all 17 functions and has the measured layout', async () => {
    sdk = await startSdk(await buildStub());
    expect(await sdk.ask('sizes')).toEqual({ slice: [16, 0, 8], media: [32, 0, 8, 16, 24, 28] });
  });

  it('lets getters be asked about nothing', async () => {
    sdk = await startSdk(await buildStub());
    expect(await sdk.ask('getters')).toEqual({ slice: [0, ''], media: [0, '', 0, '', 1] });
  });

  it.each([
    ['NULL', 'secret'],
    ['ww1', 'NULL'],
    ['', 'secret'],
    ['ww1', ''],
  ])('Init(%s, %s) is a bad parameter', async (corpid, secret) => {
    sdk = await startSdk(await buildStub());
    expect(await sdk.call('init', corpid, secret)).toMatchObject({ code: 10000 });
  });

  it('leaks the first buffer of a slice that is filled again', async () => {
    sdk = await startSdk(await buildStub());
    const fill = async (isReused: number): Promise<number> =>
      Number(
        (await sdk?.ask('fill', 20_000, isReused, FIXED_VECTOR.key, FIXED_VECTOR.message))?.[
          'grownKilobytes'
        ],
      );
    await fill(0);
    expect(await fill(0)).toBeLessThan(512);
    // 20,000 × 112 bytes and their headers.
    expect(await fill(1)).toBeGreaterThan(2000);
  });

  it('ends cleanly after DestroySdk', async () => {
    sdk = await startSdk(await buildStub());
    await sdk.call('init', 'ww1', 'secret');
    expect(await sdk.finish()).toEqual({ code: 0, signal: null, stdout: '', stderr: '', left: {} });
  });
});
