import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { migrateReadModels } from '@mission-control/read-models';
import { waitFor } from '@mission-control/testing';
import { type StartedProcess, startProcess } from '../../system/service-process.ts';
import { type Comparison, compared } from '../compare.ts';
import { cpuMs, ownCpuMs, postgresPid } from '../process-usage.ts';
import { median } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';
import { type LoadResult, postLoad } from './apache-bench.ts';
import { encryptionKey, startGateway } from './measured.ts';
import type { LoadOptions } from './speed.ts';
import { createWebhooks, signedRequest } from './webhooks.ts';

/** Microseconds of processor time for each request. */
interface Cpu {
  readonly gatewayUs: number;
  readonly postgresUs: number;
  readonly stewardUs: number;
}

/** What was left to seal when the last request had its response, and what it took until the last arrival was a leaf. */
interface Backlog {
  readonly unsealed: number;
  readonly sealedAfterMs: number;
  readonly cpu: Cpu;
}

/** `gatewayUs` and so on are those until the last response. */
type Round = Omit<LoadResult, 'accepted'> & Cpu & { readonly backlog: Backlog | null };

const contenders = ['neither', 'encryption', 'Merkle log', 'both'] as const;
type Contender = (typeof contenders)[number];

const sealing = ['Merkle log', 'both'] as const;

/** Rounds before those that count, as for the speed of ingest. */
const warmUps = 3;

/**
 * The same requests to gateways that encrypt content or do not, with or without a steward that makes each event a leaf of the Merkle log
 * meanwhile, or soon after. Each has a database of its own on one server. The rounds alternate, and one begins when everything is sealed.
 */
export const measureEncryption = async (
  serverUrl: string,
  { rounds, requests: amount, connections }: LoadOptions,
): Promise<{
  readonly comparisons: readonly Comparison[];
  /** Of the medians. */
  readonly backlogs: readonly string[];
  readonly rounds: Readonly<Record<Contender, readonly Round[]>>;
}> => {
  const postgres = await postgresPid(serverUrl);
  const started: Started[] = [];
  const results: Record<Contender, Round[]> = { neither: [], encryption: [], 'Merkle log': [], both: [] };
  try {
    for (const [n, name] of contenders.entries()) started.push(await start(serverUrl, `sealing_${n}`, name));
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      // The first one of a round may be slower, so the order alternates.
      for (const one of round % 2 === 0 ? started : started.toReversed()) {
        const result = await runRound(one, { connections, amount }, postgres);
        if (round > 0) results[one.name].push(result);
        const which = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
        process.stderr.write(
          `${which}  ${one.name}: ${result.requestsPerSecond.toFixed(0)}/s  CPU each: ${cpuText(result)}` +
            `${result.backlog ? `; then ${backlogText(result.backlog)}` : ''}\n`,
        );
      }
    }
  } finally {
    for (const { gateway, steward, store } of started) {
      await Promise.all([gateway.stop(), steward?.stop()]);
      await store.close();
    }
  }
  const beside = (
    product: Contender,
    figure: 'requestsPerSecond' | 'gatewayUs' | 'postgresUs',
    target: { atLeast: number } | { atMost: number },
  ) => {
    const [what, unit] = shown[figure];
    return compared(
      { name: `${what}: ${product} / neither`, unit, target },
      {
        product: results[product].map((one) => one[figure]),
        bare: results.neither.map((one) => one[figure]),
      },
    );
  };
  return {
    comparisons: [
      beside('encryption', 'requestsPerSecond', { atLeast: 0.9 }),
      beside('Merkle log', 'requestsPerSecond', { atLeast: 0.9 }),
      beside('both', 'requestsPerSecond', { atLeast: 0.9 }),
      beside('encryption', 'gatewayUs', { atMost: 1.2 }),
      beside('encryption', 'postgresUs', { atMost: 1.2 }),
    ],
    backlogs: sealing.map((name) => {
      const backlogs = results[name].flatMap(({ backlog }) => backlog ?? []);
      const middle = (of: (one: Backlog) => number) => median(backlogs.map(of));
      return `${name}: ${backlogText({
        unsealed: middle((one) => one.unsealed),
        sealedAfterMs: middle((one) => one.sealedAfterMs),
        cpu: {
          gatewayUs: middle((one) => one.cpu.gatewayUs),
          postgresUs: middle((one) => one.cpu.postgresUs),
          stewardUs: middle((one) => one.cpu.stewardUs),
        },
      })}`;
    }),
    rounds: results,
  };
};

const cpuText = ({ gatewayUs, postgresUs, stewardUs }: Cpu): string =>
  `gateway ${gatewayUs.toFixed(0)}, Postgres ${postgresUs.toFixed(0)}, steward ${stewardUs.toFixed(0)} µs`;

const backlogText = ({ unsealed, sealedAfterMs, cpu }: Backlog): string =>
  `${unsealed} not sealed, all sealed after ${(sealedAfterMs / 1000).toFixed(1)} s, CPU each: ${cpuText(cpu)}`;

const runRound = async (
  one: Started,
  { connections, amount }: { readonly connections: number; readonly amount: number },
  postgres: number | undefined,
): Promise<Round> => {
  const usage = (): Cpu => ({
    gatewayUs: ownCpuMs(one.gateway.child.pid ?? 0) * 1000,
    postgresUs: cpuMs(postgres) * 1000,
    stewardUs: one.steward ? ownCpuMs(one.steward.child.pid ?? 0) * 1000 : 0,
  });
  const each = (after: Cpu, before: Cpu): Cpu => ({
    gatewayUs: (after.gatewayUs - before.gatewayUs) / amount,
    postgresUs: (after.postgresUs - before.postgresUs) / amount,
    stewardUs: (after.stewardUs - before.stewardUs) / amount,
  });
  const before = usage();
  const { accepted: _, ...load } = await postLoad(one.url, one.request, { connections, amount });
  const loaded = usage();
  const cpu = each(loaded, before);
  if (!one.steward) return { ...load, ...cpu, backlog: null };
  const startedAt = performance.now();
  const unsealed = await sealed(one);
  const sealedAfterMs = performance.now() - startedAt;
  return { ...load, ...cpu, backlog: { unsealed, sealedAfterMs, cpu: each(usage(), loaded) } };
};

const shown = {
  requestsPerSecond: ['requests', '1/s'],
  gatewayUs: ["the gateway's CPU time", 'µs'],
  postgresUs: ["Postgres's CPU time", 'µs'],
} as const;

interface Started {
  readonly name: Contender;
  readonly url: string;
  readonly gateway: StartedProcess;
  readonly steward: StartedProcess | null;
  readonly store: EventStore;
  readonly webhookId: string;
  readonly request: ReturnType<typeof signedRequest>;
}

const start = async (serverUrl: string, database: string, name: Contender): Promise<Started> => {
  const databaseUrl = await createDatabase(serverUrl, database);
  await migrateReadModels(databaseUrl);
  const store = await openEventStore(databaseUrl);
  const [webhook] = await createWebhooks(store, encryptionKey, 1);
  if (!webhook) throw new Error('No webhook was created.');
  const encrypts = name === 'encryption' || name === 'both';
  const { url, process: gateway } = await startGateway(databaseUrl, undefined, {
    ...{ DATABASE_URL: databaseUrl, CONTENT_ENCRYPTION: encrypts ? 'on' : 'off' },
  });
  const seals = name === 'Merkle log' || name === 'both';
  const steward = seals
    ? startProcess('services/steward/dist/main.js', {
        // As under `npm start` with its default `BACKGROUND_NICE`.
        within: ['nice', '-n', '10'],
        env: {
          ...{ MANAGEMENT_PORT: '0', LOG_LEVEL: 'warn', ENCRYPTION_KEY: encryptionKey.toString('base64') },
          ...{ EVENTSTORE_URL: databaseUrl, DATABASE_URL: databaseUrl },
        },
      })
    : null;
  const { webhookId } = webhook;
  return { name, url, gateway, steward, store, webhookId, request: signedRequest(webhook) };
};

/** Resolves once the last arrival is a leaf of the Merkle log, to the number of those that were none at the time of the call. */
const sealed = async ({ store, webhookId, steward }: Started): Promise<number> => {
  const stream = streams.payloads(webhookId);
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }));
  const revision = last?.revision ?? -1;
  const unsealed = revision - (await lastSealed(store, stream));
  await waitFor(
    async () => {
      if (steward?.child.exitCode !== null) throw new Error(`The steward ended:\n${steward?.output()}`);
      return (await lastSealed(store, stream)) >= revision;
    },
    { timeout: 300_000, pause: 100 },
  );
  return unsealed;
};

/** The newest events of the stream `merkle`, each up to 400 KB. The last arrivals are in one of them. */
const newestSealings = 4;

/** The last revision of the stream that is sealed; -1: none. */
const lastSealed = async (store: EventStore, stream: string): Promise<number> => {
  const newest = { direction: 'backwards', limit: newestSealings } as const;
  for await (const recorded of store.readStream(streams.merkle, newest)) {
    const event = parseEvent(recorded);
    if (!isEvent(event, 'LeavesSealed')) continue;
    const { streams: names, runs } = event.data;
    const ends = runs.filter(([of]) => names[of] === stream).map(([, first, leaves]) => first + leaves - 1);
    if (ends.length > 0) return Math.max(...ends);
  }
  return -1;
};
