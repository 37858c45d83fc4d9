import { Command, Option } from 'commander';
import { auditParts, benchAudit } from './audit/main.ts';
import { benchEventStore } from './event-store/main.ts';
import { benchFlow } from './flow/main.ts';
import { benchIngest } from './ingest/main.ts';
import { benchNotify } from './notify/main.ts';
import { benchProjections, projectionsParts } from './projections/main.ts';

/** Large enough to show that everything works. */
const quickNotify = { rounds: 1, deliveries: 2_000, latencySeconds: 5, awaySeconds: 10, waiting: 5_000 };

const quickFlow = { rounds: 1, payloads: 1_000, steadySeconds: 5, idleSeconds: 5 };

/** The values of those options that the command line does not set. */
const notGiven = <T extends object>(command: Command, values: T): Partial<T> => {
  const entries = Object.entries(values).filter(([name]) => command.getOptionValueSource(name) === 'default');
  return Object.fromEntries(entries) as Partial<T>;
};

const program = new Command('npm run bench --').description(
  'Measures the product on this machine. Figures are medians of interleaved rounds; compare them within one run only.',
);

program
  .command('ingest', { isDefault: true })
  .description(
    'posts signed 1 KiB payloads to one gateway, which answers 202 after a durable append; compares it with a bare Fastify handler and with ' +
      'appends without a gateway, and measures what more webhooks and events, exported telemetry, receipts, encrypted content and the Merkle log cost',
  )
  .option('--rounds <n>', 'measured rounds after those for warm-up', Number, 5)
  .option('--requests <n>', 'requests per round and target', Number, 20_000)
  .option('--connections <n>', 'keep-alive connections, with one request in flight on each', Number, 64)
  .option('--webhooks <n>', 'webhooks in use at once, compared with ten', Number, 100_000)
  .option('--stored <n>', 'events stored beforehand, compared with none', Number, 2_000_000)
  .addOption(
    new Option('--only <part>', 'measure only this part').choices([
      'postgres',
      'eventstoredb',
      'growth',
      'telemetry',
      'receipts',
      'encryption',
    ]),
  )
  .option('--eventstoredb-url <url>', 'an EventStoreDB server; without it the fake one of the test kit')
  .option(
    '--against <folder>',
    'another checkout after `npm run build`; its gateway is measured in the same rounds',
  )
  .option('--json <file>', 'file for the figures', 'reports/bench-ingest.json')
  .action((options) => benchIngest(options));

program
  .command('event-store')
  .description('compares the event store adapters with their bare servers, as ratios')
  .option('--rounds <n>', 'measured rounds after one for warm-up', Number, 5)
  .option('--events <n>', 'events in the large log', Number, 2_000_000)
  .addOption(
    new Option('--only <adapter>', 'measure only this adapter').choices(['postgres', 'eventstoredb']),
  )
  .option('--eventstoredb-url <url>', 'an EventStoreDB server; without it the fake one of the test kit')
  .option('--json <file>', 'file for the figures', 'reports/bench-event-store.json')
  .action((options) => benchEventStore(options));

program
  .command('notify')
  .description(
    'relay and notifier between stored payloads and simulated OpenClaw gateways: how fast they drain, beside bare JetStream and the event store; how soon a message follows a 202; what an OpenClaw gateway that is away costs; and what filters and choosing a preview cost',
  )
  .option('--rounds <n>', 'measured rounds after one for warm-up', Number, 5)
  .option('--deliveries <n>', 'stored payloads a round', Number, 10_000)
  .option('--agents <n>', 'agents on one OpenClaw gateway, beside one on each of 20', Number, 1_000)
  .option('--per-second <n>', 'payloads a second while latencies are measured', Number, 100)
  .option('--latency-seconds <n>', 'how long a round of that takes', Number, 20)
  .option('--away-seconds <n>', 'how long an OpenClaw gateway is away', Number, 600)
  .option('--waiting <n>', 'payloads that wait for it', Number, 50_000)
  .addOption(
    new Option('--only <part>', 'one part only').choices(['preview', 'filter', 'drain', 'latency', 'away']),
  )
  .option('--quick', 'small sizes where none is given, for trying; such figures mean little')
  .option(
    '--against <folder>',
    'another checkout after `npm run build`; its services are measured in the same rounds, and after this version while one is away',
  )
  .option('--cpu-prof <folder>', 'writes CPU profiles of relay and notifier there')
  .option('--json <file>', 'where the figures go', 'reports/bench-notify.json')
  .action(({ quick, ...options }, command: Command) =>
    benchNotify({ ...options, ...(quick && notGiven(command, quickNotify)) }),
  );

program
  .command('flow')
  .description(
    'the whole system as `npm start` runs it, between signed 1 KiB payloads and simulated OpenClaw gateways: a burst, a steady load, and idle; prints rates, latencies, what a payload costs each process, and memory',
  )
  .option('--rounds <n>', 'measured rounds after one for warm-up', Number, 3)
  .option('--payloads <n>', 'payloads in a burst', Number, 20_000)
  .option(
    '--connections <n>',
    'keep-alive connections of the burst, with one request in flight on each',
    Number,
    64,
  )
  .option('--per-second <n>', 'payloads a second of the steady load', Number, 100)
  .option('--steady-seconds <n>', 'how long a round of that takes', Number, 20)
  .option('--idle-seconds <n>', 'how long the idle system is measured', Number, 30)
  .option('--agents <n>', 'agents, each with a webhook; up to 50 share a board', Number, 20)
  .option('--openclaw-gateways <n>', 'OpenClaw gateways with at least one board each', Number, 20)
  .option('--minutes <n>', 'also a steady load of that time, which shows whether memory grows', Number, 0)
  .addOption(
    new Option(
      '--only <part>',
      'one part only; `memory` is one of the bursts and 10 minutes of steady load',
    ).choices(['burst', 'steady', 'idle', 'memory']),
  )
  .addOption(new Option('--store <store>', 'events in this store only').choices(['postgres', 'eventstoredb']))
  .option('--eventstoredb-url <url>', 'an EventStoreDB server; without it the fake one of the test kit')
  .option('--quick', 'small sizes where none is given, for trying; such figures mean little')
  .option(
    '--against <folder>',
    'another checkout after `npm run build`; its system is measured in the same rounds',
  )
  .option('--cpu-prof <folder>', 'writes CPU profiles of all services over one more round of each load there')
  .option('--json <file>', 'where the figures go', 'reports/bench-flow.json')
  .action(({ quick, ...options }, command: Command) =>
    benchFlow({ ...options, ...(quick && notGiven(command, quickFlow)) }),
  );

program
  .command('projections')
  .description(
    'the read side: how fast `payloads` and `memory` are rebuilt from arrivals of 1 KiB, beside COPY of the same rows into the same tables, ' +
      'and with their deliveries; how far they are behind one gateway at its limit; reads during a rebuild; first pages of many payloads',
  )
  .option('--rounds <n>', 'measured rounds after one for warm-up', Number, 5)
  .option('--events <n>', 'arrivals in the log', Number, 100_000)
  .option('--payloads <n>', 'payloads of which pages are read, compared with 10,000', Number, 1_000_000)
  .option('--seconds <n>', 'how long the gateway is at its limit', Number, 60)
  .addOption(new Option('--only <part>', 'one part only').choices(projectionsParts))
  .option(
    '--against <folder>',
    'another checkout after `npm run build`; its projector rebuilds in the same rounds',
  )
  .option('--cpu-prof <folder>', 'writes a CPU profile of the projector in the last round there')
  .option('--json <file>', 'where the figures go', 'reports/bench-projections.json')
  .action((options) => benchProjections(options));

program
  .command('audit')
  .description(
    'measures what auditors ask for: what a webhook with many changes was in the past; verifying, exporting and proving a sealed history',
  )
  .option('--changes <n>', 'changes of the webhook', Number, 1_000)
  .option('--requests <n>', 'requests per figure', Number, 200)
  .option('--payloads <n>', 'payloads in the log, with four events each', Number, 250_000)
  .option('--rounds <n>', 'measured rounds after one for warm-up', Number, 3)
  .option('--proofs <n>', 'proofs that are asked for', Number, 200)
  .option('--events <n>', 'events in the log in which proofs alone are measured', Number, 1_000_000)
  .addOption(new Option('--only <part>', 'one part only').choices(auditParts))
  .option('--json <file>', 'where the figures go', 'reports/bench-audit.json')
  .action((options) => benchAudit(options));

await program.parseAsync();
