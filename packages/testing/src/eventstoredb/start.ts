import { ServerCredentials } from '@grpc/grpc-js';
import { freePorts } from '@mission-control/free-ports';
import { LogFile } from './log/log-file.ts';
import type { LogRecord } from './log/record.ts';
import { TransactionLog } from './log/transaction-log.ts';
import { type Certificate, makeCertificate } from './server/certificate.ts';
import { Cluster } from './server/cluster.ts';
import { host } from './server/node.ts';
import type { ServerCosts } from './server/server-time.ts';
import { Access, type Credentials } from './service/access.ts';
import type { AppendFailure, FormerLeader } from './service/session.ts';

export interface EventStoreDbFakeOptions {
  /** The first node's port. Any free port by default. */
  readonly port?: number;
  /** The number of nodes that share the log; 1 by default. The first is the leader. */
  readonly nodes?: number;
  /** The only user. Requires TLS, which the URL then requests: the client does not send credentials without it. */
  readonly credentials?: Credentials;
  readonly tls?: boolean;
  /** The maximum bytes of the events in one append; 1 MiB by default. A server does not start with more than 16,767,216. */
  readonly maxAppendSize?: number;
  /** What counts: `data`, as in 21.10 to 24.6, or data, metadata and type (twice), as from 24.10. Follows from `maxAppendEventSize`. */
  readonly appendSizeCounts?: 'data' | 'everything';
  /** The same limit for a single event, as in KurrentDB 25. By default there is no such limit, as in earlier versions. */
  readonly maxAppendEventSize?: number;
  /** Also stores the log in this file, so that it survives the process. */
  readonly file?: string;
  /** Runs the system projection `$by_category`, which links (`$>`) to every event. */
  readonly linksCategories?: boolean;
  /** Takes at least this much time, for measurements (`costsOf24_6`). As fast as it can by default. */
  readonly costs?: ServerCosts;
}

interface LoggedEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly type: string;
}

/** An EventStoreDB server in this process, over real connections. */
export interface EventStoreDbFake {
  /** For the official client. Names every node, and includes credentials and the certificate if there are any. */
  readonly url: string;
  /** All events in the log, hidden or not. */
  events(): readonly LoggedEvent[];
  /** Ends the server abruptly, if it is running, and restarts it: cuts connections, drops in-memory state and keeps the log. */
  restart(): Promise<void>;
  /** Ends the server abruptly: connections are cut, and refused until `restart`. */
  kill(): Promise<void>;
  cutConnections(): void;
  /** Processes no further calls until `resume`, while connections and pings stay alive, like a server whose disk hangs. */
  stall(): void;
  resume(): void;
  /** Does no further writes until `thawDisk`, while reads work. Appends and tombstones get a timeout after 2 s. */
  freezeDisk(): void;
  /** Does the writes that were held back, whatever the client was told, except for the last `lose` ones. */
  thawDisk(options?: { readonly lose?: number }): void;
  /** From now on, responds to batched appends with this error and stores nothing. `undefined` restores normal operation. */
  failAppends(failure: AppendFailure | undefined): void;
  /** Sets `maxAppendEventSize` for later appends. A real server would need a restart. */
  limitEventSize(bytes: number): void;
  /** Removes hidden events from the log, as operators do from time to time. */
  scavenge(): void;
  /** Restarts without the events at and after the position, as after a restored backup or the loss of a leader. */
  truncateLog(position: bigint): Promise<void>;
  /** Restarts with changed records, as after an attack on the server's files. One that is not `readable` is gone. */
  alterLog(change: (record: LogRecord) => LogRecord): Promise<void>;
  /** Restarts with a new log. */
  replaceLog(): Promise<void>;
  /**
   * Makes another node the leader, as a resignation does. The former one rejects batched appends with a status that names the new leader, or
   * resets their call. Both were seen.
   */
  moveLeader(formerLeader?: FormerLeader): void;
  /** Ends the leader. Another node takes over, and `restart` brings the old one back. */
  killLeader(): Promise<void>;
  stop(): Promise<void>;
}

const largestAppend = 16_767_216;

export const startEventStoreDbFake = async ({
  port,
  nodes = 1,
  credentials,
  tls = credentials !== undefined,
  maxAppendSize = 1024 * 1024,
  maxAppendEventSize = Number.POSITIVE_INFINITY,
  appendSizeCounts = maxAppendEventSize === Number.POSITIVE_INFINITY ? 'data' : 'everything',
  file,
  linksCategories = false,
  costs,
}: EventStoreDbFakeOptions = {}): Promise<EventStoreDbFake> => {
  if (maxAppendSize > largestAppend) throw new Error(`MaxAppendSize exceeded ${largestAppend} bytes.`);
  const certificate = tls ? await makeCertificate() : undefined;
  const log = new TransactionLog(file === undefined ? undefined : new LogFile(file));
  const cluster = new Cluster({
    log,
    // These must not be ports that the system could assign to another process while the nodes are killed.
    ports: await freePorts(nodes).then(([first = 0, ...others]) => [port || first, ...others]),
    serverCredentials: certificate?.serverCredentials ?? ServerCredentials.createInsecure(),
    access: new Access(credentials),
    maxAppendSize,
    maxAppendEventSize,
    appendSizeCounts,
    linksCategories,
    costs,
  });
  await cluster.start();

  const restart = async (between: () => void = () => {}): Promise<void> => {
    await cluster.kill();
    between();
    await cluster.start();
  };
  return {
    url: urlOf(cluster.ports, credentials, certificate),
    events: () =>
      log.records
        .filter(({ readable }) => readable)
        .map(({ position, stream, type }) => ({ position: BigInt(position), stream, type })),
    restart: () => restart(),
    kill: () => cluster.kill(),
    cutConnections: () => cluster.cutConnections(),
    stall: () => cluster.gate.shut(),
    resume: () => cluster.gate.open(),
    freezeDisk: () => cluster.gate.freeze(),
    thawDisk: ({ lose } = {}) => cluster.gate.open(lose),
    failAppends: (failure) => {
      cluster.appendFailure = failure;
    },
    limitEventSize: (bytes) => {
      cluster.maxAppendEventSize = bytes;
    },
    scavenge: () => cluster.scavenge(),
    truncateLog: (position) => restart(() => log.truncate(Number(position))),
    alterLog: (change) => restart(() => log.alter(change)),
    replaceLog: () => restart(() => log.clear()),
    moveLeader: (formerLeader) => cluster.moveLeader(formerLeader),
    killLeader: () => cluster.killLeader(),
    stop: async () => {
      await cluster.kill();
      log.close();
      await certificate?.remove();
    },
  };
};

const urlOf = (
  ports: readonly number[],
  credentials: Credentials | undefined,
  certificate: Certificate | undefined,
): string => {
  const user = credentials
    ? `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`
    : '';
  // TLS requires a host name.
  const hosts = ports.map((port) => `${certificate ? 'localhost' : host}:${port}`).join(',');
  const security = certificate ? `tls=true&tlsCAFile=${encodeURIComponent(certificate.file)}` : 'tls=false';
  return `esdb://${user}${hosts}?${security}`;
};
