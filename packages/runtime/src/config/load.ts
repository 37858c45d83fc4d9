import { readFileSync } from 'node:fs';
import { type ZodType, z } from 'zod';
import { withoutInvisibleEnds } from '../text/invisible-ends.ts';

/** One environment variable: its schema (with default, if it has one) and an example for the error message. */
export interface Variable<T> {
  readonly schema: ZodType<T, string | undefined>;
  readonly example: string;
  /**
   * A secret may also come from the file named by `<NAME>_FILE`, and is never printed. Spaces, line breaks and other invisible
   * characters at its ends come from the file or from pasting, and are dropped.
   */
  readonly secret?: boolean;
  /** May come from a file as a secret may, although it is none. */
  readonly fromFile?: boolean;
  /** Its name in earlier releases. That name still sets it, with a warning. */
  readonly formerly?: string;
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;
type Env = Readonly<Record<string, string | undefined>>;
export type ConfigOf<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Whether the operator has to change a setting to fix the error. If so, only its message is printed. */
export const isOperatorsError = (error: unknown): error is Error =>
  error instanceof ConfigError ||
  (error instanceof Error && 'operatorsError' in error && error.operatorsError === true);

/**
 * Reads and checks all variables, and reports all problems at once. An empty value counts as absent.
 *
 * @throws ConfigError with one sentence per problem: the name of the variable, what is wrong, an example
 */
export const loadConfig = <V extends Variables>(variables: V, env: Env = process.env): ConfigOf<V> => {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    try {
      const { value, setAs } = settingOf(name, variable, env);
      const parsed = variable.schema.safeParse(value);
      if (parsed.success) config[name] = parsed.data;
      else problems.push(`${setAs} ${problemOf(parsed.error)}. Example: ${name}=${variable.example}`);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as ConfigOf<V>;
};

/** A warning for each variable that is set by a former name. */
export const deprecationsOf = (variables: Variables, env: Env = process.env): string[] =>
  Object.entries(variables).flatMap(([name, variable]) => {
    const { formerly } = variable;
    if (!formerly || rawValue(formerly, variable, env) === undefined) return [];
    return [`${formerly} is deprecated; set ${name} instead`];
  });

/** The value of a variable, and which of its names sets it. */
const settingOf = (
  name: string,
  variable: Variable<unknown>,
  env: Env,
): { value: string | undefined; setAs: string } => {
  const value = rawValue(name, variable, env);
  const { formerly } = variable;
  const former = formerly && rawValue(formerly, variable, env);
  if (!former) return { value, setAs: name };
  if (value !== undefined && value !== former) {
    throw new Error(
      `${name} and ${formerly}, its former name, are set to different values. Remove ${formerly}.`,
    );
  }
  return { value: former, setAs: formerly };
};

const rawValue = (name: string, variable: Variable<unknown>, env: Env): string | undefined => {
  const direct = (variable.secret ? withoutInvisibleEnds(env[name] ?? '') : env[name]) || undefined;
  if (!variable.secret && !variable.fromFile) return direct;
  const file = env[`${name}_FILE`] || undefined;
  if (direct && file) throw new Error(`${name} and ${name}_FILE are both set. Set one of them.`);
  if (!file) return direct;
  try {
    return withoutInvisibleEnds(readFileSync(file, 'utf8')) || undefined;
  } catch (error) {
    throw new Error(
      `${name}_FILE names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
};

const problemOf = (error: z.ZodError): string => {
  const issue = error.issues[0];
  if (!issue) return 'is invalid';
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  return issue.message;
};
