import type { Reporter, SerializedError, TestCase, TestModule, Vitest } from 'vitest/node';

/**
 * Runs after the default reporter. Prints every skipped test with its reason, how many files a quick run left out, every failure
 * once more, and, on the last line, only the counts: so the end of a long log says all that matters. A file that could not be
 * loaded and an error outside any test count as failed.
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
    const failures = [
      ...inState('failed').map((test) => failure(nameOf(test), test.result().errors ?? [])),
      ...modules
        .filter((module) => module.errors().length > 0)
        .map((module) => failure(module.relativeModuleId, module.errors())),
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

const nameOf = (test: TestCase): string => `${test.module.relativeModuleId} > ${test.fullName}`;

/** The name and the first lines of each message, with the place where the error was thrown. */
const failure = (name: string, errors: readonly SerializedError[]): string =>
  [
    `  ${name}`,
    ...errors.flatMap(({ message, stacks }) => {
      const [place] = stacks ?? [];
      return [
        ...message.split('\n').slice(0, 8),
        ...(place === undefined ? [] : [`at ${place.file}:${place.line}`]),
      ].map((line) => `    ${line}`);
    }),
  ].join('\n');

const reasonOf = (test: TestCase): string => {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'no reason given';
};
