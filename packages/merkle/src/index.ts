export { canonicalJson } from './canonical-json.ts';
export * from './checkpoint.ts';
export { Frontier } from './frontier.ts';
export { bytesOf, emptyRoot, type HashText, hashLength, hashOfLeaf, hashTextAt } from './hashes.ts';
export * from './leaf.ts';
export * from './proofs.ts';
export * from './signed-note.ts';
export { Tree } from './tree.ts';
