import { startProcess } from '../../system/service-process.ts';
import { startRawAppends } from '../ingest/measured.ts';
import { createDatabase } from '../with-postgres.ts';
import type { Contender } from './contenders.ts';
import { type Drain, drain } from './drain.ts';

export interface Drains {
  readonly natsServer: string;
  readonly rounds: readonly DrainRound[];
}

export interface DrainRound {
  /** By contender. */
  readonly agents: Readonly<Record<string, Drain>>;
  readonly gateways: Readonly<Record<string, Drain>>;
  /** Messages a second: publish, consume, acknowledge. */
  readonly bareJetStream: number;
  /** Events a second. */
  readonly appends: number;
}

/** Rounds before those that count. */
const warmUps = 1;

/** Measures drains alternately with bare JetStream and with appends to the event store. */
export const measureDrains = async (
  contenders: readonly Contender[],
  options: {
    rounds: number;
    deliveries: number;
    postgresPid: number | undefined;
    postgresUrl: string;
    stops: (() => Promise<unknown>)[];
  },
): Promise<Drains> => {
  const { rounds, deliveries: amount, postgresPid, stops } = options;
  const bare = await startBareJetStream(contenders[0]?.services.natsUrl ?? '');
  stops.unshift(bare.stop);
  const raw = await startRawAppends(await createDatabase(options.postgresUrl, 'notify_appends'));
  stops.unshift(() => raw.process.stop());
  const measured: DrainRound[] = [];
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    const which = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
    const agents: Record<string, Drain> = {};
    const gateways: Record<string, Drain> = {};
    for (const { name, services, simulated, ...targets } of contenders) {
      const run = (where: 'agents' | 'gateways') =>
        drain(services, simulated, { targets: targets[where], amount, postgresPid });
      agents[name] = await run('agents');
      say(`${which}  ${name}, ${targets.agents.length} agents`, agents[name]);
      gateways[name] = await run('gateways');
      say(`${which}  ${name}, ${targets.gateways.length} OpenClaw gateways`, gateways[name]);
    }
    const bareJetStream = await bare.run(amount);
    const appends = (await raw.run({ connections: 64, amount })).requestsPerSecond;
    process.stderr.write(
      `${which}  bare JetStream: ${bareJetStream.toFixed(0)}/s  appends: ${appends.toFixed(0)}/s\n`,
    );
    if (round > 0) measured.push({ agents, gateways, bareJetStream, appends });
  }
  return { natsServer: bare.server, rounds: measured };
};

const say = (what: string, { sentRate, toldRate, lag, runEnd, cpu }: Drain): void => {
  const total = Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
  process.stderr.write(
    `${what}: ${sentRate.toFixed(0)} sent/s  ${toldRate.toFixed(0)} told/s  lag p50 ${lag.p50.toFixed(0)} ms  p99 ${lag.p99.toFixed(0)} ms  run end p99 ${runEnd.p99.toFixed(0)} ms  cpu ${total.toFixed(2)} ms each\n`,
  );
};

const startBareJetStream = async (natsUrl: string) => {
  const process = startProcess('tests/dist/bench/notify/bare-jetstream.js', { args: [natsUrl], stdin: true });
  const [, server = ''] = await process.printed(/^ready (.*)$/m);
  let runs = 0;
  return {
    server,
    stop: () => process.stop(),
    run: async (amount: number): Promise<number> => {
      runs += 1;
      process.child.stdin?.write(`${amount}\n`);
      await process.printed(new RegExp(`(?:^rate .*$[^]*?){${runs}}`, 'm'));
      const rates = process.output().match(/^rate .*$/gm) ?? [];
      return Number(rates.at(-1)?.slice('rate '.length));
    },
  };
};
