import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

/**
 * Comes after the default reporter: every skipped test with its reason, and the counts alone on the last line. A file that
 * could not be loaded and an error outside of any test count as failed.
 */
export default class SkippedAndTotals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = inState('skipped');
    const failedElsewhere =
      modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    const lines = skipped.map(
      (test) => `  ${test.module.relativeModuleId} > ${test.fullName}: ${reasonOf(test)}`,
    );
    if (lines.length > 0) lines.unshift('Skipped:');
    lines.push(
      `${inState('passed').length} passed, ${inState('failed').length + failedElsewhere} failed, ${skipped.length} skipped`,
    );
    // The default reporter may still hold text for its next frame.
    process.once('exit', () => process.stdout.write(`${lines.join('\n')}\n`));
  }
}

const reasonOf = (test: TestCase): string => {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'no reason given';
};
