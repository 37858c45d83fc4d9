import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StartError } from '../start-error.ts';
import { writeWhole } from './write-whole.ts';

/**
 * The format of the data directory. Increase it with a change that older versions cannot read, so that they refuse to start.
 *
 * - 1: the first format.
 * - 2: delivery streams contain confirmations and ends of runs. No file is converted, because all older events stay readable.
 */
const dataFormat = 2;

export const versionName = 'VERSION';

const versionSchema = z.object({
  format: z.int().positive(),
  /** Null until the embedded database has been used. */
  postgres: z.int().positive().nullable(),
});

/**
 * Rejects data that this version cannot read, and records the current format. Data of an older format is accepted.
 *
 * @param postgresMajor of the binaries; null if the embedded database is not used
 * @returns whether the data existed before
 * @throws StartError with advice
 */
export const checkVersion = (directory: string, postgresMajor: number | null): boolean => {
  const path = join(directory, versionName);
  const known = existsSync(path) ? read(path) : null;
  if (known && known.format > dataFormat) {
    throw new StartError(
      `${directory} contains data of format ${known.format}; this version reads formats up to ${dataFormat}. ` +
        'Start the version that wrote it last, or set DATA_DIR to another folder.',
    );
  }
  const postgres = known?.postgres ?? majorOfCluster(directory);
  if (postgresMajor !== null && postgres !== null && postgres !== postgresMajor) {
    throw new StartError(
      `${directory} contains data of Postgres ${postgres}; this version includes Postgres ${postgresMajor}. ` +
        'Start the version that created it and move the data with pg_dump, or set DATA_DIR to another folder.',
    );
  }
  const current = { format: dataFormat, postgres: postgres ?? postgresMajor };
  if (known?.format !== dataFormat || known.postgres !== current.postgres)
    writeWhole(path, `${JSON.stringify(current)}\n`);
  return known !== null;
};

const read = (path: string): z.infer<typeof versionSchema> => {
  try {
    return versionSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new StartError(
      `${path} cannot be read: it is damaged or belongs to another program. Set DATA_DIR to another folder.`,
    );
  }
};

const majorOfCluster = (directory: string): number | null => {
  try {
    return Number.parseInt(readFileSync(join(directory, 'postgres/PG_VERSION'), 'utf8'), 10);
  } catch {
    return null;
  }
};
