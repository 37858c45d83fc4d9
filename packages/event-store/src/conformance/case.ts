import type { Features } from './binding.ts';
import type { Conformance } from './conformance.ts';

/** One sentence of the port's specification and the test of it. `run` throws when the sentence does not hold. */
export interface ConformanceCase {
  /** The paragraph of the port's comment. */
  readonly paragraph: string;
  readonly name: string;
  readonly needs?: keyof Features;
  readonly run: (conformance: Conformance) => Promise<void>;
}

/** The cases of one paragraph. */
export const casesOf = (
  paragraph: string,
  cases: readonly Omit<ConformanceCase, 'paragraph'>[],
): readonly ConformanceCase[] => cases.map((one) => ({ paragraph, ...one }));

/** Why a case cannot run against a server; undefined if it can. */
export const reasonToSkip = ({ needs }: ConformanceCase, features: Features): string | undefined =>
  needs === undefined || features[needs]
    ? undefined
    : `needs the feature ${needs}, which this server does not offer`;
