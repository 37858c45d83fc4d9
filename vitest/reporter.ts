import type { Reporter, SerializedError, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';

/**
 * Runs after the default reporter. Prints each failure when it happens, so that the log of a run that is cut off has it. At the end it prints
 * every skipped test with its reason, how many files a quick run left out, every failure once more, and, on the last line, only the
 * counts: so the end of a long log says all that matters. A suite whose hook failed, a file that could not be loaded and an error outside
 * any test count as failed.
 */
export class SkippedAndTotals implements Reporter {
  readonly #needs: readonly (string | null)[];
  #leftOut: readonly string[] = [];

  /** @param needs for each spec, the server that it needs, or null */
  constructor(needs: readonly (string | null)[]) {
    this.#needs = needs;
  }

  onInit({ projects }: Vitest): void {
    if (projects.some(({ name }) => name !== 'quick')) return;
    const byNeed = Object.groupBy(
      this.#needs.filter((need) => need !== null),
      (need) => need,
    );
    this.#leftOut = [
      'Test files left out, by what they need:',
      ...Object.entries(byNeed).map(([need, files]) => `  ${need}: ${files?.length}`),
    ];
  }

  onTestCaseResult(test: TestCase): void {
    if (test.result().state === 'failed') process.stderr.write(`Failed:\n${failureOfTest(test)}\n`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = inState('skipped').filter((test) => !isInFailedSuite(test));
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const failures = [
      ...inState('failed').map(failureOfTest),
      ...suites.filter((suite) => suite.errors().length > 0).map(failureOfSuite),
      ...unhandledErrors.map((error) => failure('outside any test', [error])),
    ];
    const lines = [
      ...titled(
        'Skipped:',
        skipped.map((test) => `  ${nameOf(test)}: ${reasonOf(test)}`),
      ),
      ...this.#leftOut,
      ...titled('Failed:', failures),
      `${inState('passed').length} passed, ${failures.length} failed, ${skipped.length} skipped`,
    ];
    // The default reporter may still hold text for its next frame.
    process.once('exit', () => process.stdout.write(`${lines.join('\n')}\n`));
  }
}

const titled = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines];

const nameOf = (one: TestCase | TestSuite): string => `${one.module.relativeModuleId} > ${one.fullName}`;

const failureOfTest = (test: TestCase): string => failure(nameOf(test), test.result().errors ?? []);

/** With the number of its tests that were not run. */
const failureOfSuite = (suite: TestSuite | TestModule): string => {
  const notRun = [...suite.children.allTests('skipped')].length;
  const name = suite.type === 'module' ? suite.relativeModuleId : nameOf(suite);
  return failure(
    `${name}${notRun === 0 ? '' : ` (${notRun} ${notRun === 1 ? 'test' : 'tests'} not run)`}`,
    suite.errors(),
  );
};

/** A hook of the suite or of one around it failed, so the test was not run. */
const isInFailedSuite = ({ parent }: TestCase | TestSuite): boolean =>
  parent.errors().length > 0 || (parent.type === 'suite' && isInFailedSuite(parent));

/** The name and the first lines of each message and of its causes, with the place where the error was thrown. */
const failure = (name: string, errors: readonly SerializedError[]): string =>
  [`  ${name}`, ...errors.flatMap(linesOf).map((line) => `    ${line}`)].join('\n');

/** A property's message has its seed, the path to the counterexample and the counterexample; its cause says what did not hold. */
const linesOf = ({ message, stacks, cause }: SerializedError): string[] => {
  const [place] = stacks ?? [];
  return [
    ...message.split('\n').slice(0, 12),
    ...(place === undefined ? [] : [`at ${place.file}:${place.line}`]),
    ...(cause?.message === undefined ? [] : linesOf(cause)),
  ];
};

const reasonOf = (test: TestCase): string => {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'no reason given';
};
