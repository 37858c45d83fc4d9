import { fileURLToPath } from 'node:url';

/** The repository's root, from `tests/src/…` as well as from `tests/dist/…`. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));
