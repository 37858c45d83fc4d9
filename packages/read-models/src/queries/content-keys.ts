import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { contentKeysSchemaOf } from '../schema.ts';
import type { ReadModels } from '../tables/read-models.ts';

/** A node of a content key's tree, still encrypted. */
export interface ContentKeyNode {
  /** The first place under the node, 9 bytes. */
  readonly start: Buffer;
  /** The levels above it; 0: the root. */
  readonly depth: number;
  /** JWE of the base64 of 32 bytes. */
  readonly node: string;
}

interface Found {
  readonly keyId: string;
  /** The webhook was deleted. */
  readonly destroyed: boolean;
  /** The node that begins at or next before the place. Only this one can be above it. null: none. */
  readonly node: ContentKeyNode | null;
}

interface FoundRow {
  readonly key_id: string;
  readonly destroyed: boolean;
  readonly start: Buffer | null;
  readonly depth: number | null;
  readonly node: string | null;
}

type Database = Kysely<ReadModels> | Transaction<ReadModels>;

/**
 * The table of content keys. It is no read model: nothing can make it again. So it has a schema of its own, which is backed up, and stays
 * when read models are dropped. A key is never removed: one without nodes was destroyed, and one that is not there is lost.
 */
export class ContentKeyTable {
  readonly #db: Kysely<ReadModels>;
  readonly #keys: RawBuilder<unknown>;
  readonly #nodes: RawBuilder<unknown>;

  /** @param prefix of the installation */
  constructor(db: Kysely<ReadModels>, prefix: string) {
    const schema = contentKeysSchemaOf(prefix);
    this.#db = db;
    this.#keys = sql.id(schema, 'keys');
    this.#nodes = sql.id(schema, 'nodes');
  }

  /** The newest key of a webhook; null: it has none. */
  ofWebhook(webhookId: string, place: Buffer): Promise<Found | null> {
    return this.#find(this.#db, sql`webhook_id = ${webhookId}`, place);
  }

  /** null: there is no such key. */
  find(keyId: string, place: Buffer): Promise<Found | null> {
    return this.#find(this.#db, sql`key_id = ${keyId}`, place);
  }

  /** Adds a key with one node, in one transaction. */
  async add({ keyId, webhookId, node }: { keyId: string; webhookId: string; node: ContentKeyNode }) {
    await sql`
      with key as (
        insert into ${this.#keys} (key_id, webhook_id) values (${keyId}, ${webhookId}) returning key_id)
      insert into ${this.#nodes} (key_id, start, depth, node)
      select key_id, ${node.start}::bytea, ${node.depth}::smallint, ${node.node}::text from key`.execute(
      this.#db,
    );
  }

  /**
   * Replaces the node above a place by others, in one transaction. Calls for the same key wait for each other.
   *
   * @param replace makes the others. null: the node is not above the place
   * @returns `none`: no node is above the place
   */
  replaceNode(
    keyId: string,
    place: Buffer,
    replace: (node: ContentKeyNode) => Promise<readonly ContentKeyNode[] | null>,
  ): Promise<'replaced' | 'none' | 'no_key'> {
    return this.#db.transaction().execute(async (tx) => {
      const locked = await sql`select from ${this.#keys} where key_id = ${keyId} for update`.execute(tx);
      if (locked.rows.length === 0) return 'no_key';
      const node = (await this.#find(tx, sql`key_id = ${keyId}`, place))?.node;
      const others = node && (await replace(node));
      if (!node || !others) return 'none';
      await sql`delete from ${this.#nodes} where key_id = ${keyId} and start = ${node.start}`.execute(tx);
      await sql`
        insert into ${this.#nodes} (key_id, start, depth, node)
        select ${keyId}::uuid, * from unnest(
          ${others.map(({ start }) => start)}::bytea[],
          ${others.map(({ depth }) => depth)}::smallint[],
          ${others.map((other) => other.node)}::text[])`.execute(tx);
      return 'replaced';
    });
  }

  /** Removes every node of the webhook's keys. */
  async destroy(webhookId: string): Promise<void> {
    await sql`
      with key as (
        update ${this.#keys} set destroyed_at = coalesce(destroyed_at, now()) where webhook_id = ${webhookId}
        returning key_id)
      delete from ${this.#nodes} where key_id in (select key_id from key)`.execute(this.#db);
  }

  async #find(db: Database, which: RawBuilder<unknown>, place: Buffer): Promise<Found | null> {
    const { rows } = await sql<FoundRow>`
      select key.key_id, key.destroyed_at is not null as destroyed, before.start, before.depth, before.node
        from (select * from ${this.#keys} where ${which} order by created_at desc limit 1) key
        left join lateral (
          select start, depth, node from ${this.#nodes} node
           where node.key_id = key.key_id and start <= ${place}
           order by start desc limit 1) before on true`.execute(db);
    const [row] = rows;
    if (!row) return null;
    const { start, depth, node } = row;
    const found = start && depth !== null && node !== null ? { start, depth, node } : null;
    return { keyId: row.key_id, destroyed: row.destroyed, node: found };
  }
}
