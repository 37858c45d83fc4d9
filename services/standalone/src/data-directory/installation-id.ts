import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StartError } from '../start-error.ts';
import { writeWhole } from './write-whole.ts';

const pathIn = (directory: string): string => join(directory, 'installation-id');

/**
 * The id of the installation whose data this is. It is chosen at the first call.
 *
 * @throws StartError if the file holds no id
 */
export const installationId = (directory: string): string => {
  const path = pathIn(directory);
  if (!existsSync(path)) keepInstallationId(directory, randomUUID());
  const id = z.uuid().safeParse(readFileSync(path, 'utf8').trim());
  if (!id.success) throw new StartError(`${path} does not hold a UUID. Restore it from a backup.`);
  return id.data;
};

/** Replaces the id that was kept so far. */
export const keepInstallationId = (directory: string, id: string): void =>
  writeWhole(pathIn(directory), `${id}\n`);
