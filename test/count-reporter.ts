// The last line of a test run, `N passed, N failed`, and every skipped test by name: nothing is skipped silently.
import type { Reporter, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      const failedBefore = count.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'skipped') {
          count.skipped++;
          console.log(`skipped: ${module.relativeModuleId}: ${test.fullName}`);
        } else if (state === 'passed') count.passed++;
        else count.failed++;
      }
      // A file that could not be collected, or whose preparation failed, is a failure that no test would count.
      if (count.failed === failedBefore && !module.ok()) count.failed++;
    }
    count.failed += unhandled.length;
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
  }
}
