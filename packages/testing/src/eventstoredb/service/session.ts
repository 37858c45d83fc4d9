import type { TransactionLog } from '../log/transaction-log.ts';
import type { ServerTime } from '../server/server-time.ts';
import type { LiveFeed } from '../subscriptions/live-feed.ts';
import type { Writer } from '../writing/writer.ts';
import type { Access } from './access.ts';
import type { StorageGate } from './storage-gate.ts';

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** An error in the response to an append. */
export interface AppendFailure {
  /** Full name of the message with the details, for example `event_store.client.Unknown`; `undefined` if there are no details. */
  readonly type: string | undefined;
  readonly message: string;
  /** https://grpc.io/docs/guides/status-codes/ */
  readonly code: number;
  readonly details?: Uint8Array<ArrayBuffer>;
}

export type FormerLeader = 'names_leader' | 'resets_call';

/** One node of the cluster, as seen by the calls on it. */
export interface Session {
  readonly log: TransactionLog;
  readonly writer: Writer;
  readonly feed: LiveFeed;
  readonly time: ServerTime;
  readonly access: Access;
  readonly gate: StorageGate;
  readonly maxAppendSize: number;
  readonly maxAppendEventSize: number;
  readonly appendSizeCounts: 'data' | 'everything';
  /** How a former leader rejects a batched append: with a status, or by a reset of the call. */
  readonly formerLeader: FormerLeader;
  /** The response to every append while it is set. */
  readonly appendFailure: AppendFailure | undefined;
  /** Undefined if this node is the leader. */
  leaderElsewhere(): Endpoint | undefined;
  members(): readonly Member[];
}

export interface Member extends Endpoint {
  readonly id: string;
  readonly isLeader: boolean;
  readonly isAlive: boolean;
}
