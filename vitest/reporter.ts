import type { Reporter, SerializedError, TestCase, TestModule, Vitest } from 'vitest/node';

/**
 * Runs after the default reporter. Prints every skipped test with its reason, how many files a quick run left out, and, on the last
 * line, only the counts. A file that could not be loaded and an error outside any test count as failed.
 */
export class SkippedAndTotals implements Reporter {
  readonly #needs: readonly (string | null)[];
  #leftOut: readonly string[] = [];

  /** @param needs for each spec, the server that it needs, or null */
  constructor(needs: readonly (string | null)[]) {
    this.#needs = needs;
  }

  onInit({ projects }: Vitest): void {
    if (projects.some(({ name }) => name === 'servers')) return;
    const byNeed = Object.groupBy(
      this.#needs.filter((need) => need !== null),
      (need) => need,
    );
    this.#leftOut = [
      'Test files left out, by what they need:',
      ...Object.entries(byNeed).map(([need, files]) => `  ${need}: ${files?.length}`),
    ];
  }

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
      ...this.#leftOut,
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
