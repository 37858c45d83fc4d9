import { type CelEnv, CelScalar, celEnv, celFunc } from '@bufbuild/cel';
import { RE2JS } from '@bufbuild/re2';
import { LRUCache } from 'lru-cache';

/** So many compiled patterns are kept: those of the expressions in use. */
const patterns = new LRUCache<string, { test: (text: string) => boolean }>({ max: 1_000 });

/** A regular expression that takes linear time. @throws Error if the pattern is not one */
export const compilePattern = (pattern: string): { test: (text: string) => boolean } => {
  const known = patterns.get(pattern);
  if (known) return known;
  const compiled = RE2JS.compile(pattern);
  const matcher = { test: (text: string) => compiled.test(text) };
  patterns.set(pattern, matcher);
  return matcher;
};

/** What an expression may read of a payload. */
export const variables = ['body', 'headers', 'event_type', 'source_ip'] as const;

/**
 * Characters of a text, or bytes, that `+` makes at most: some times as many as a body has. JavaScript would make texts of half a gigabyte, and
 * nothing can interrupt the one step in which it reads such a text.
 */
const longest = 4_194_304;

const within = <T extends { readonly length: number }>(left: T, right: T): void => {
  if (left.length + right.length > longest) throw new Error(`+ makes more than ${longest} characters`);
};

const { BYTES, STRING } = CelScalar;

/** The functions of CEL's standard library, with a limit to what they make. */
export const environment: CelEnv = celEnv({
  re2: { compile: compilePattern },
  funcs: [
    celFunc('_+_', [STRING, STRING], STRING, (left, right) => {
      within(left, right);
      return left + right;
    }),
    celFunc('_+_', [BYTES, BYTES], BYTES, (left, right) => {
      within(left, right);
      return Buffer.concat([left, right]);
    }),
  ],
});
