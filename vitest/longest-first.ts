import { statSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Bytes. A spec with less does nothing but bind a suite that other specs share, which takes long. */
const ofBinding = 400;

/** The projects in the order in which they start: a spec with a whole system takes longest, and a quick one fills a gap at the end. */
const projects = ['system', 'servers', 'quick'];

/**
 * Starts what takes long first, so that at the end no worker is left with a long file while the others idle. Vitest goes by the durations of
 * the last run; in a new clone there are none, so it goes by size. The specs of a project follow each other, because a worker keeps its
 * modules only for the same project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isBinding = ({ moduleId }: TestSpecification) => Number(statSync(moduleId).size < ofBinding);
    const place = ({ project }: TestSpecification) => projects.indexOf(project.name);
    return sorted.toSorted((a, b) => place(a) - place(b) || isBinding(b) - isBinding(a));
  }
}
