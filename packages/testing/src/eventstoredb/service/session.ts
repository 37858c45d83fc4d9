import type { TransactionLog } from '../log/transaction-log.ts';
import type { LiveFeed } from '../subscriptions/live-feed.ts';
import type { Writer } from '../writing/writer.ts';
import type { Access } from './access.ts';
import type { StorageGate } from './storage-gate.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One node of the cluster as the calls on it see it. */
export interface Session {
  readonly log: TransactionLog;
  readonly writer: Writer;
  readonly feed: LiveFeed;
  readonly access: Access;
  readonly gate: StorageGate;
  readonly maxAppendSize: number;
  /** Undefined when this node is the leader. */
  leaderElsewhere(): Endpoint | undefined;
  members(): readonly Member[];
}

export interface Member extends Endpoint {
  readonly id: string;
  readonly isLeader: boolean;
  readonly isAlive: boolean;
}
