import { randomBytes, randomUUID } from 'node:crypto';
import { secretContexts } from '@mission-control/contracts';
import { EventStoreUnavailable } from '@mission-control/event-store';
import type { Keyring } from '@mission-control/keyring';
import { type ContentKeyNode, ContentKeyTable, openReadModels } from '@mission-control/read-models';
import { LRUCache } from 'lru-cache';
import { branchBits, type Place, placeBits } from './place.ts';
import { covers, Path, puncture, type Subtree } from './tree.ts';

/** How long a process may derive keys from what it has read, in milliseconds: so long after its erasure, content may still be read. */
const forgetAfterMs = 60_000;
/** How long a process goes on with what it has read, before it asks the table again, when that cannot be reached. */
const retryMs = 5_000;
const rememberedPaths = 5_000;

interface ReadPath {
  readonly path: Path;
  readonly readAt: number;
}

/**
 * The table of content keys (the schema `content_keys` in DATABASE_URL). It is not part of the log, because what is in the log
 * stays there. Each webhook has a content key, the root of a key tree, and each arrival is encrypted under a leaf of it. The nodes in the
 * table are encrypted like secrets, so they cannot be read without `ENCRYPTION_KEY`.
 */
export class ContentKeys {
  readonly #table: ContentKeyTable;
  readonly #closeDb: () => Promise<void>;
  readonly #keyring: Pick<Keyring, 'encrypt' | 'decrypt'>;
  /** By content key and branch. */
  readonly #paths = new LRUCache<string, ReadPath>({ max: rememberedPaths });
  /** By content key, what was read last. */
  readonly #newest = new LRUCache<string, ReadPath>({ max: rememberedPaths });
  readonly #now: () => number;
  /** Until then the table counts as away. */
  #awayUntil = 0;

  constructor(
    databaseUrl: string,
    options: {
      readonly keyring: Pick<Keyring, 'encrypt' | 'decrypt'>;
      readonly name: string;
      readonly prefix: string;
      readonly now?: () => number;
    },
  ) {
    const { db, close } = openReadModels(databaseUrl, { ...options, connections: 2 });
    this.#table = new ContentKeyTable(db, options.prefix);
    this.#closeDb = close;
    this.#keyring = options.keyring;
    this.#now = options.now ?? Date.now;
  }

  close(): Promise<void> {
    return this.#closeDb();
  }

  /**
   * Gives the webhook a content key, unless it has one. Once this resolves, the key is durable.
   *
   * @throws EventStoreUnavailable when the table cannot be reached
   */
  async create(webhookId: string): Promise<void> {
    await reaching(async () => {
      if (await this.#table.ofWebhook(webhookId, Buffer.alloc(placeBits / 8))) return;
      const keyId = randomUUID();
      const root = { start: Buffer.alloc(placeBits / 8), depth: 0, node: randomBytes(32) };
      await this.#table.add({ keyId, webhookId, node: await this.#wrapped(keyId, root) });
    });
  }

  /**
   * The part of the webhook's tree that a new branch uses. A webhook without a key, from before encryption, gets one.
   *
   * @returns `taken`: the branch was used before. `destroyed`: the webhook was deleted
   * @throws EventStoreUnavailable when the table cannot be reached
   */
  async subtreeOf(
    webhookId: string,
    branch: Buffer,
  ): Promise<{ readonly keyId: string; readonly subtree: Subtree } | 'taken' | 'destroyed'> {
    const start = Buffer.concat([branch, Buffer.alloc((placeBits - branchBits) / 8)]);
    return reaching(async () => {
      const find = () => this.#table.ofWebhook(webhookId, start);
      let found = await find();
      if (!found) {
        await this.create(webhookId);
        found = await find();
      }
      if (!found || found.destroyed) return 'destroyed';
      const { keyId, node } = found;
      if (!node || node.depth > branchBits || !covers(node, start)) return 'taken';
      const path = new Path(await this.#unwrapped(keyId, node));
      return { keyId, subtree: { start, depth: branchBits, node: path.nodeAt(start, branchBits) } };
    });
  }

  /**
   * The key of one arrival. While the table cannot be reached, what was read of it before stays in use: nothing can be destroyed
   * meanwhile.
   *
   * @returns `erased`: it was destroyed
   * @throws EventStoreUnavailable when the table cannot be reached; ContentKeyMissing
   */
  async leaf(keyId: string, place: Place): Promise<Buffer | 'erased'> {
    const name = `${keyId}:${place.toString('hex', 0, branchBits / 8)}`;
    const known = this.#paths.get(name);
    if (known && this.#now() - known.readAt < forgetAfterMs && known.path.covers(place))
      return known.path.leaf(place);
    const old = [known, this.#newest.get(keyId)].find((one) => one?.path.covers(place));
    if (old && this.#now() < this.#awayUntil) return old.path.leaf(place);
    try {
      return await this.#readLeaf(keyId, place, name);
    } catch (error) {
      if (!old || !(error instanceof EventStoreUnavailable)) throw error;
      this.#awayUntil = this.#now() + retryMs;
      return old.path.leaf(place);
    }
  }

  #readLeaf(keyId: string, place: Place, name: string): Promise<Buffer | 'erased'> {
    return reaching(async () => {
      const key = await this.#table.find(keyId, place);
      if (!key) throw new ContentKeyMissing(keyId);
      if (!key.node || !covers(key.node, place)) {
        this.#paths.delete(name);
        this.#newest.delete(keyId);
        return 'erased';
      }
      const path = new Path(await this.#unwrapped(keyId, key.node));
      const read = { path, readAt: this.#now() };
      this.#paths.set(name, read);
      this.#newest.set(keyId, read);
      return path.leaf(place);
    });
  }

  /**
   * Destroys the key of one arrival: durable when this resolves. Repeating it changes nothing.
   *
   * @returns false: it was destroyed before
   * @throws EventStoreUnavailable when the table cannot be reached; ContentKeyMissing
   */
  async destroyLeaf(keyId: string, place: Place): Promise<boolean> {
    this.#forget();
    return reaching(async () => {
      const replaced = await this.#table.replaceNode(keyId, place, async (node) => {
        if (!covers(node, place)) return null;
        const rest = puncture(await this.#unwrapped(keyId, node), place);
        return Promise.all(rest.map((subtree) => this.#wrapped(keyId, subtree)));
      });
      if (replaced === 'no_key') throw new ContentKeyMissing(keyId);
      return replaced === 'replaced';
    });
  }

  /** Destroys all keys of a deleted webhook: none of its arrivals can be decrypted any more. Repeating it changes nothing. */
  async destroyAll(webhookId: string): Promise<void> {
    this.#forget();
    await reaching(() => this.#table.destroy(webhookId));
  }

  #forget(): void {
    this.#paths.clear();
    this.#newest.clear();
  }

  async #wrapped(keyId: string, { start, depth, node }: Subtree): Promise<ContentKeyNode> {
    const context = secretContexts.contentKey(keyId, start.toString('hex'), depth);
    return { start, depth, node: await this.#keyring.encrypt(context, node.toString('base64')) };
  }

  async #unwrapped(keyId: string, { start, depth, node }: ContentKeyNode): Promise<Subtree> {
    const context = secretContexts.contentKey(keyId, start.toString('hex'), depth);
    return { start, depth, node: Buffer.from(await this.#keyring.decrypt(context, node), 'base64') };
  }
}

/** Whoever reads or writes events handles an unavailable event store already, and waits for this table in the same way. */
const reaching = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EventStoreUnavailable || !isDatabaseError(error)) throw error;
    const { message } = error as Error;
    throw new EventStoreUnavailable(`The content keys (DATABASE_URL) cannot be read: ${message}`, false, {
      cause: error,
    });
  }
};

const isDatabaseError = (error: unknown): boolean =>
  error instanceof Error && !(error instanceof ContentKeyMissing) && error.name !== 'SecretUnreadable';

export class ContentKeyMissing extends Error {
  readonly code = 'content_key_missing';
  readonly operatorsError = true;

  constructor(keyId: string) {
    super(
      `The content key ${keyId} is not in the schema content_keys (DATABASE_URL), so the content encrypted under it cannot be read. Restore the ` +
        'schema from its backup (docs/operations/backup-and-restore.md).',
    );
    this.name = 'ContentKeyMissing';
  }
}
