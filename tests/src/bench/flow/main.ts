import { machine, writeJson } from '../report.ts';
import type { StoreName } from './contender.ts';
import { type FlowOptions, type Measured, measureOn } from './measure.ts';
import { compareVersions, showStore } from './show.ts';

export interface FlowBenchOptions extends FlowOptions {
  /** Both if absent. */
  readonly store?: StoreName;
  readonly json: string;
}

/** Measures the whole system from a sender's request to an agent's session. Exits with code 1 if a target is missed. */
export const benchFlow = async (options: FlowBenchOptions): Promise<void> => {
  const stores: StoreName[] = options.store ? [options.store] : ['postgres', 'eventstoredb'];
  const results: { store: StoreName; server: string; measured: Measured[] }[] = [];
  for (const store of stores) {
    results.push({ store, server: serverOf(store, options), measured: await measureOn(store, options) });
  }
  const all = results.map(({ store, server, measured }) => {
    showStore(store, server, measured, options);
    return { store, server, figures: compareVersions(store, measured, options), measured };
  });
  const { rounds, payloads, agents, openclawGateways } = options;
  process.stdout.write(
    `medians of ${rounds} interleaved rounds; bursts of ${payloads} payloads; ${agents} agents on ${openclawGateways} OpenClaw gateways\n`,
  );
  writeJson(options.json, { scenario: 'flow', machine: machine(), options, stores: all });
  if (all.some(({ figures }) => figures.some(({ met }) => met === false))) process.exitCode = 1;
};

const serverOf = (store: StoreName, { eventstoredbUrl }: FlowOptions): string => {
  if (store === 'postgres') return 'Events in Postgres';
  return `Events in EventStoreDB: ${eventstoredbUrl ? new URL(eventstoredbUrl).host : 'the fake server'}`;
};
