import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { consistencyProofRanges, hashOfLeaf, inclusionProofRanges } from './index.ts';
import { treeOf } from './tree.spec-support.ts';

const script = join(import.meta.dirname, '../verify_proof.py');
const base64 = (bytes: Buffer) => bytes.toString('base64');

it('an implementation that was written from the RFC alone accepts what is right and nothing else', async (context) => {
  if (spawnSync('python3', ['--version']).status !== 0) context.skip('needs python3');
  const { entries, tree, load } = treeOf(300);
  const roots = (ranges: ReturnType<typeof inclusionProofRanges>) =>
    Promise.all(ranges.map(async (range) => base64(await tree.rootOfRange(range, load))));
  const rootAt = async (size: number) => base64(await tree.rootOfRange({ start: 0, end: size }, load));
  const claims: { claim: object; valid: boolean }[] = [];
  for (const size of [1, 2, 3, 7, 8, 255, 256, 257, 300]) {
    const root = await rootAt(size);
    claims.push({ claim: { entries: entries.slice(0, size).map(base64), root }, valid: true });
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      const leaf = base64(hashOfLeaf(entries[index] as Buffer));
      const inclusion = { index, size, leaf, root, proof: await roots(inclusionProofRanges(index, size)) };
      claims.push({ claim: { inclusion }, valid: true });
      claims.push({ claim: { inclusion: { ...inclusion, leaf: await rootAt(300) } }, valid: false });
      const first = index + 1;
      const proof = await roots(consistencyProofRanges(first, size));
      const consistency = { first, first_root: await rootAt(first), second: size, second_root: root, proof };
      claims.push({ claim: { consistency }, valid: true });
      claims.push({ claim: { consistency: { ...consistency, second_root: leaf } }, valid: size === 1 });
    }
  }
  const input = claims.map(({ claim }) => JSON.stringify(claim)).join('\n');
  const { stdout, status } = spawnSync('python3', [script], { input, encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toEqual(claims.map(({ valid }) => (valid ? 'valid' : 'invalid')));
  expect(status).toBe(1);
});
