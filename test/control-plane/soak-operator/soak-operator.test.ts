// A short soak of the whole operator: a few tenants and policies, one of each trouble. `npm run soak` does it for as long as one likes.
import { describe, expect, it } from 'vitest';
import { findBinaries } from '../find-binaries.ts';
import { FROM_SOURCE } from './run-operators.ts';
import { runSoak } from './run-soak.ts';
import { brokenStates } from './soak-result.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const binaries = await findBinaries(process.env, say);
if ('missing' in binaries) {
  if (process.env['CI'] === 'true') throw new Error(binaries.missing);
  say(`skipped: ${binaries.missing}`);
}

describe.skipIf('missing' in binaries)('two operators with the rights of the chart', () => {
  it('bring everything to where it was meant, whatever is edited and killed meanwhile', async () => {
    if ('missing' in binaries) return;
    const result = await runSoak({
      binaries,
      operator: FROM_SOURCE,
      tenants: 5,
      policies: 10,
      durationMs: 20_000,
      quietMs: 0,
      editsPerSecond: 4,
      freshTenants: 1,
      seed: 1,
      patienceMs: 150_000,
      say,
    });
    expect(brokenStates(result)).toEqual([]);
    expect(result.edits.accepted).toBeGreaterThan(20);
    expect(result.edits.refused).toBeGreaterThanOrEqual(2);
    expect(result.troubles).toEqual({
      KillApiServer: 1,
      CutWatches: 1,
      ForgetHistory: 0,
      KillLeader: 1,
      KillNats: 1,
    });
  }, 600_000);
});
