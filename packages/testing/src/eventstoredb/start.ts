import { ServerCredentials } from '@grpc/grpc-js';
import { freePorts } from '@mission-control/free-ports';
import { LogFile } from './log/log-file.ts';
import { TransactionLog } from './log/transaction-log.ts';
import { type Certificate, makeCertificate } from './server/certificate.ts';
import { Cluster } from './server/cluster.ts';
import { host } from './server/node.ts';
import { Access, type Credentials } from './service/access.ts';
import type { AppendFailure } from './service/session.ts';

export interface EventStoreDbFakeOptions {
  /** Of the first node; any when absent. */
  readonly port?: number;
  /** Nodes that share the log; 1 when absent. The first leads. */
  readonly nodes?: number;
  /** The only user. Needs TLS, which the URL then asks for: the client sends no credentials without it. */
  readonly credentials?: Credentials;
  readonly tls?: boolean;
  /** Bytes of data, metadata and type (twice) of the events of one append; 1 MiB when absent. */
  readonly maxAppendSize?: number;
  /** The same of one event, as KurrentDB 25 has it; no limit of its own when absent, as before. */
  readonly maxAppendEventSize?: number;
  /** Keeps the log there too, beyond the process. */
  readonly file?: string;
  /** Runs the system projection `$by_category`: links (`$>`) to every event. */
  readonly linksCategories?: boolean;
}

interface LoggedEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly type: string;
}

/** An EventStoreDB server in this process, over a real connection. */
export interface EventStoreDbFake {
  /** For the official client: names every node, and credentials and certificate where there are some. */
  readonly url: string;
  /** What stands in the log, hidden or not. */
  events(): readonly LoggedEvent[];
  /** Ends without warning, if it has not ended, and starts again: connections are cut, what was only in memory is forgotten, the log is kept. */
  restart(): Promise<void>;
  /** Ends without warning: connections are cut and refused until `restart`. */
  kill(): Promise<void>;
  cutConnections(): void;
  /** Takes no further call's work up until `resume`, though connections and pings live on: a server whose disk hangs. */
  stall(): void;
  resume(): void;
  /** Answers batched appends with this error from now on, and stores nothing; `undefined`: works again. */
  failAppends(failure: AppendFailure | undefined): void;
  /** Sets `maxAppendEventSize` for the appends to come. A real server would be restarted for it. */
  limitEventSize(bytes: number): void;
  /** Removes hidden events from the log, as an operator does now and then. */
  scavenge(): void;
  /** Restarts without what stands at the position and after it, as a restored backup or a lost leader makes it happen. */
  truncateLog(position: bigint): Promise<void>;
  /** Restarts with another, new log. */
  replaceLog(): Promise<void>;
  /** Makes another node lead. */
  moveLeader(): void;
  /** Ends the leading node, after which another leads; `restart` brings it back. */
  killLeader(): Promise<void>;
  stop(): Promise<void>;
}

export const startEventStoreDbFake = async ({
  port,
  nodes = 1,
  credentials,
  tls = credentials !== undefined,
  maxAppendSize = 1024 * 1024,
  maxAppendEventSize = Number.POSITIVE_INFINITY,
  file,
  linksCategories = false,
}: EventStoreDbFakeOptions = {}): Promise<EventStoreDbFake> => {
  const certificate = tls ? await makeCertificate() : undefined;
  const log = new TransactionLog(file === undefined ? undefined : new LogFile(file));
  const cluster = new Cluster({
    log,
    // Not ports that the system could assign to another process while the nodes are killed.
    ports: await freePorts(nodes).then(([first = 0, ...others]) => [port || first, ...others]),
    serverCredentials: certificate?.serverCredentials ?? ServerCredentials.createInsecure(),
    access: new Access(credentials),
    maxAppendSize,
    maxAppendEventSize,
    linksCategories,
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
    failAppends: (failure) => {
      cluster.appendFailure = failure;
    },
    limitEventSize: (bytes) => {
      cluster.maxAppendEventSize = bytes;
    },
    scavenge: () => cluster.scavenge(),
    truncateLog: (position) => restart(() => log.truncate(Number(position))),
    replaceLog: () => restart(() => log.clear()),
    moveLeader: () => cluster.moveLeader(),
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
  // TLS wants a name.
  const hosts = ports.map((port) => `${certificate ? 'localhost' : host}:${port}`).join(',');
  const security = certificate ? `tls=true&tlsCAFile=${encodeURIComponent(certificate.file)}` : 'tls=false';
  return `esdb://${user}${hosts}?${security}`;
};
