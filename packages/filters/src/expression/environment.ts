import { type CelEnv, celEnv } from '@bufbuild/cel';
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

/** The functions of CEL's standard library. */
export const environment: CelEnv = celEnv({ re2: { compile: compilePattern } });
