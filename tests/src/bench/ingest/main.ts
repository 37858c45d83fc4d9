import { ownPrefix } from '../../system/own-prefix.ts';
import { startProcess } from '../../system/service-process.ts';
import { show } from '../compare.ts';
import { machine, writeJson } from '../report.ts';
import { withPostgres } from '../with-postgres.ts';
import { measureEncryption } from './encryption.ts';
import { type GrowthOptions, measureGrowth } from './growth.ts';
import { measureReceipts } from './receipts.ts';
import { measureSpeed } from './speed.ts';
import { measureTelemetry } from './telemetry.ts';

export interface IngestBenchOptions extends GrowthOptions {
  readonly only?: 'postgres' | 'eventstoredb' | 'growth' | 'telemetry' | 'receipts' | 'encryption';
  /** An EventStoreDB server; the fake one if absent. */
  readonly eventstoredbUrl?: string;
  readonly json: string;
}

/** Measures ingest by one gateway process. Exits with code 1 if a target is missed. */
export const benchIngest = async (options: IngestBenchOptions): Promise<void> => {
  const { only, rounds, requests, connections } = options;
  const wanted = (part: typeof only) => only === undefined || only === part;
  const postgres = wanted('postgres') ? await onPostgres(options) : null;
  const eventStoreDb = wanted('eventstoredb') ? await onEventStoreDb(options) : null;
  const growth = wanted('growth') ? await withPostgres((url) => measureGrowth(url, options)) : null;
  const telemetry = wanted('telemetry') ? await withPostgres((url) => measureTelemetry(url, options)) : null;
  const receipts = wanted('receipts') ? await withPostgres((url) => measureReceipts(url, options)) : null;
  const encryption = wanted('encryption')
    ? await withPostgres((url) => measureEncryption(url, options))
    : null;
  if (postgres) {
    show(`Postgres (${postgres.durability})`, postgres.comparisons);
    process.stdout.write(`stored events: ${postgres.stored} = responses with 202: ${postgres.accepted}\n\n`);
  }
  if (eventStoreDb) show(`EventStoreDB (${eventStoreDb.server})`, eventStoreDb.comparisons);
  if (growth) {
    show('Growth, on Postgres', growth.comparisons);
    const { few, many } = growth.mebibytes;
    process.stdout.write(
      `memory of the gateway's process: ${few} MiB with 10 webhooks, ${many} MiB with ${options.webhooks}\n\n`,
    );
  }
  if (telemetry) {
    show('Traces, metrics and logs over OTLP, on Postgres', telemetry.comparisons);
    process.stdout.write(`exports received: ${telemetry.exports}\n\n`);
  }
  if (receipts) show('Receipts, on Postgres', receipts.comparisons);
  if (encryption) {
    show('Encryption of content, and the Merkle log, on Postgres', encryption.comparisons);
    process.stdout.write(`after the last response:\n${encryption.backlogs.join('\n')}\n\n`);
  }
  process.stdout.write(
    `medians of ${rounds} interleaved rounds of ${requests} requests over ${connections} connections\n`,
  );
  writeJson(options.json, {
    scenario: 'ingest',
    machine: machine(),
    options,
    postgres,
    eventStoreDb,
    growth,
    telemetry,
    receipts,
    encryption,
  });
  const all = [postgres, eventStoreDb, growth, telemetry, receipts, encryption].flatMap(
    (part) => part?.comparisons ?? [],
  );
  if (all.some(({ met }) => !met)) process.exitCode = 1;
};

const onPostgres = (options: IngestBenchOptions) =>
  withPostgres(async (url, durability) => ({
    durability,
    ...(await measureSpeed(url, options, 'bare Fastify')),
  }));

const onEventStoreDb = async (options: IngestBenchOptions) => {
  const given = options.eventstoredbUrl;
  const fake = given ? null : startProcess('tests/dist/bench/fake-eventstoredb.js');
  try {
    const url = given ?? (await fake?.printed(/esdb\S+/))?.[0] ?? '';
    return {
      server: given ? new URL(given).host : 'the fake server',
      // The log of a given server keeps the keys and webhooks of earlier runs.
      ...(await measureSpeed(url, options, 'raw appends', given ? ownPrefix() : '')),
    };
  } finally {
    await fake?.stop();
  }
};
