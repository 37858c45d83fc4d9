import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** What a command uses of the process that it runs in. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** A path as the user means it. npm runs the program in the repository's folder and remembers where the user is. */
export const pathOf = ({ env }: Pick<Context, 'env'>, path: string): string =>
  resolve(env.npm_lifecycle_event === 'mcw' ? (env.INIT_CWD ?? '.') : '.', path);
