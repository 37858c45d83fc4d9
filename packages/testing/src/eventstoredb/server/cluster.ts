import { randomUUID } from 'node:crypto';
import type { ServerCredentials } from '@grpc/grpc-js';
import type { LogRecord } from '../log/record.ts';
import type { TransactionLog } from '../log/transaction-log.ts';
import type { Access } from '../service/access.ts';
import { grpcServer } from '../service/grpc-server.ts';
import type { AppendFailure, FormerLeader, Session } from '../service/session.ts';
import { StorageGate } from '../service/storage-gate.ts';
import { LiveFeed } from '../subscriptions/live-feed.ts';
import { Writer } from '../writing/writer.ts';
import { host, Node } from './node.ts';
import { scavenge } from './scavenge.ts';
import { type ServerCosts, ServerTime } from './server-time.ts';
import { writeCategoryLink, writeFirstEvents, writeStatistics } from './system-events.ts';

export interface ClusterOptions {
  readonly log: TransactionLog;
  readonly ports: readonly number[];
  readonly serverCredentials: ServerCredentials;
  readonly access: Access;
  readonly maxAppendSize: number;
  readonly maxAppendEventSize: number;
  readonly appendSizeCounts: Session['appendSizeCounts'];
  readonly linksCategories: boolean;
  readonly costs: ServerCosts | undefined;
}

/** A real server writes statistics by the clock. Counting records instead means that every test with a few writes meets them. */
const recordsBetweenStatistics = 100;

/** Nodes that share one log. One of them is the leader. In-memory state is rebuilt whenever a node becomes leader. */
export class Cluster {
  readonly gate = new StorageGate();
  appendFailure: AppendFailure | undefined;
  maxAppendEventSize: number;
  #formerLeader: FormerLeader = 'names_leader';
  readonly #options: ClusterOptions;
  readonly #feed = new LiveFeed();
  readonly #time: ServerTime;
  readonly #nodes: readonly { readonly id: string; readonly node: Node }[];
  #leader = 0;
  #writer: Writer;
  #untilStatistics = recordsBetweenStatistics;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#time = new ServerTime(options.costs);
    this.maxAppendEventSize = options.maxAppendEventSize;
    this.#writer = this.#newWriter();
    this.#nodes = options.ports.map((port, index) => ({
      id: randomUUID(),
      node: new Node(port, options.serverCredentials, () => grpcServer(this.#session(index))),
    }));
  }

  get ports(): readonly number[] {
    return this.#nodes.map(({ node }) => node.port);
  }

  async start(): Promise<void> {
    this.#lead(this.#leader);
    await Promise.all(this.#nodes.map(({ node }) => node.isAlive || node.listen()));
  }

  /** Ends every node abruptly, without closing connections properly. */
  async kill(): Promise<void> {
    this.gate.drop();
    await Promise.all(this.#nodes.map(({ node }) => node.close()));
  }

  cutConnections(): void {
    for (const { node } of this.#nodes) node.cut();
  }

  /** Makes the next live node the leader. */
  moveLeader(formerLeader: FormerLeader = 'names_leader'): void {
    this.#formerLeader = formerLeader;
    const count = this.#nodes.length;
    const next = this.#nodes
      .map((_, step) => (this.#leader + step + 1) % count)
      .find((index) => this.#nodes[index]?.node.isAlive);
    if (next === undefined || next === this.#leader)
      throw new Error('There is no other node that could lead.');
    this.#lead(next);
  }

  async killLeader(): Promise<void> {
    const leader = this.#nodes[this.#leader]?.node;
    this.moveLeader();
    await leader?.close();
  }

  scavenge(): void {
    scavenge(this.#options.log, this.#writer.index);
    this.#writer.reindex();
  }

  #lead(index: number): void {
    const { log } = this.#options;
    this.#leader = index;
    const isNew = log.records.length === 0;
    log.appendEpoch(randomUUID());
    this.#writer = this.#newWriter();
    if (isNew) writeFirstEvents(this.#writer);
    writeStatistics(this.#writer);
  }

  #newWriter(): Writer {
    const writer = new Writer(this.#options.log, (records) => this.#onWritten(writer, records));
    return writer;
  }

  /** Notifies subscriptions in log order. Anything that a write causes is therefore written after the notification. */
  #onWritten(writer: Writer, records: readonly LogRecord[]): void {
    this.#time.charge('event', records.length);
    for (const record of records) this.#feed.tell(record);
    if (this.#options.linksCategories) for (const record of records) writeCategoryLink(writer, record);
    this.#untilStatistics -= records.length;
    if (this.#untilStatistics > 0) return;
    this.#untilStatistics = recordsBetweenStatistics;
    writeStatistics(writer);
  }

  #session(index: number): Session {
    const cluster = this;
    const { log, access, maxAppendSize, appendSizeCounts } = this.#options;
    return {
      log,
      access,
      maxAppendSize,
      appendSizeCounts,
      get formerLeader() {
        return cluster.#formerLeader;
      },
      get maxAppendEventSize() {
        return cluster.maxAppendEventSize;
      },
      get appendFailure() {
        return cluster.appendFailure;
      },
      feed: this.#feed,
      time: this.#time,
      gate: this.gate,
      get writer() {
        return cluster.#writer;
      },
      leaderElsewhere: () =>
        index === this.#leader ? undefined : { host, port: this.ports[this.#leader] ?? 0 },
      members: () =>
        this.#nodes.map(({ id, node }, member) => ({
          id,
          host,
          port: node.port,
          isAlive: node.isAlive,
          isLeader: member === this.#leader,
        })),
    };
  }
}
