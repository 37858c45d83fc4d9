import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which build runs: the version of the release, and the commit that it was built from (`unknown` if nobody said). */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
}

/**
 * The version is the one of the packages, which all have the same. The image sets `MISSION_CONTROL_REVISION`; in a checkout, the build
 * notes the commit in `dist/revision`. Both are those of the service, if this module is a part of its program.
 */
export const buildInfo = (env: Readonly<Record<string, string | undefined>> = process.env): BuildInfo => {
  const root = join(import.meta.dirname, '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    version,
    revision: env.MISSION_CONTROL_REVISION || notedRevision(join(root, 'dist/revision')) || 'unknown',
  };
};

const notedRevision = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
};

/** The line that `--version` prints: `gateway 1.2.0 (revision 0123abc)`. */
export const versionLine = (service: string, { version, revision }: BuildInfo): string =>
  `${service} ${version} (revision ${revision})`;
