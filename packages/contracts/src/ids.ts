import { v4, v5, v7 } from 'uuid';

/** Random UUIDv4: for what must not be guessed (boards, webhooks, agents). */
export const newRandomId = (): string => v4();

/** Time-ordered UUIDv7: for events and payloads that nobody named. */
export const newOrderedId = (): string => v7();

/** UUIDv5 of `parts` in `namespace`: the same parts give the same id, in every process, for ever. */
export const deriveId = (namespace: string, parts: readonly (string | number | null)[]): string =>
  v5(JSON.stringify(parts), namespace);

/** Namespaces of derived ids. Never changed: ids of stored events hang on them. */
export const namespaces = {
  payload: 'a5b0a1e4-6f0e-5c1e-9d0b-3a1f6b1d7c01',
  memoryEntry: 'a5b0a1e4-6f0e-5c1e-9d0b-3a1f6b1d7c02',
  event: 'a5b0a1e4-6f0e-5c1e-9d0b-3a1f6b1d7c03',
} as const;

/** The board memory entry that a payload leaves: one a payload, however often it arrives. */
export const memoryEntryIdOf = (payloadId: string): string => deriveId(namespaces.memoryEntry, [payloadId]);
