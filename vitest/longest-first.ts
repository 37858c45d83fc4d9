import { statSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Bytes. A spec with less does nothing but bind a suite that other specs share, which takes long. */
const ofBinding = 400;

/**
 * Starts what takes long first, so that at the end no worker is left with a long file while the others idle. Vitest goes by the durations of
 * the last run; in a new clone there are none, so it goes by size.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isBinding = ({ moduleId }: TestSpecification) => Number(statSync(moduleId).size < ofBinding);
    return [...Map.groupBy(sorted, ({ project }) => project).values()].flatMap((specs) =>
      specs.toSorted((a, b) => isBinding(b) - isBinding(a)),
    );
  }
}
