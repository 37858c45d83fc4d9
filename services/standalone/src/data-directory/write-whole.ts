import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** Writes a file that only its owner may read. The file is complete or absent, even after a power loss. */
export const writeWhole = (path: string, content: string): void => {
  const growing = `${path}.new`;
  const file = openSync(growing, 'w', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(growing, path);
};
