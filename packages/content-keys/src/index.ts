export type { Branch } from './branch.ts';
export { Branches } from './branches.ts';
export { ContentKeys } from './content-keys.ts';
export { openReadableLog, type ReadableLog, withoutContentKeys } from './open.ts';
