import { readFileSync } from 'node:fs';

/** The release that runs. All packages have the same version. */
export const describeBuild = (): { readonly version: string; readonly revision: string } => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return {
    version: (JSON.parse(manifest) as { version: string }).version,
    revision: process.env.MISSION_CONTROL_REVISION || 'unknown',
  };
};
