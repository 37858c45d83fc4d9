import type { AdminClient } from './admin-client.ts';

export interface StoredPayload {
  readonly id: string;
  readonly sha256: string;
}

/** Every payload of the webhook at that path, page by page. */
export const allPayloads = async (admin: AdminClient, path: string): Promise<StoredPayload[]> => {
  const found: StoredPayload[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: StoredPayload[]; next_cursor: string | null } = await admin.get(
      `${path}/payloads?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    found.push(...page.items);
    cursor = page.next_cursor;
  }
  return found;
};
