import { v5 } from 'uuid';
import { expect, it } from 'vitest';
import { deriveId, namespaces, newOrderedId } from './ids.ts';
import { randomBytesAhead } from './random.ts';

it('ordered ids are ascending UUIDv7 and never repeat', () => {
  const ids = Array.from({ length: 5_000 }, newOrderedId);
  expect(
    ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  ).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

it('random bytes are returned only once', () => {
  const drawn = Array.from({ length: 2_000 }, () => randomBytesAhead(16).toString('hex'));
  expect(new Set(drawn).size).toBe(drawn.length);
});

it('derived ids are those that the library makes', () => {
  for (let n = 0; n < 1_000; n += 1) {
    const parts = [newOrderedId(), n, n % 2 === 0 ? null : 'é😀"\\'];
    expect(deriveId(namespaces.payload, parts)).toBe(
      v5(Buffer.from(JSON.stringify(parts)), namespaces.payload),
    );
  }
});
