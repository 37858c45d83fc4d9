import type { Target } from './scene.ts';
import { type Services, startServices } from './services.ts';
import { type SimulatedOpenclawGateways, startOpenclawGateways } from './simulated.ts';

/** Relay and notifier of one version, with everything that they need and the agents that they tell. */
export interface Contender {
  readonly name: 'this version' | 'other version';
  readonly services: Services;
  readonly simulated: SimulatedOpenclawGateways;
  /** Many agents on one OpenClaw gateway, the first one. */
  readonly agents: readonly Target[];
  /** One agent on each of the 20 following OpenClaw gateways. */
  readonly gateways: readonly Target[];
  /** One agent on each of 20 boards of the last OpenClaw gateway. */
  readonly boards: readonly Target[];
}

export const several = 20;

export const startContender = async (
  postgresUrl: string,
  options: { agents: number; against?: string; cpuProf?: string; stops: (() => Promise<unknown>)[] },
): Promise<Contender> => {
  const { stops, against } = options;
  const simulated = await startOpenclawGateways(several + 2);
  stops.unshift(() => simulated.process.stop());
  const services = await startServices(postgresUrl, {
    ...options,
    name: against === undefined ? 'notify' : 'notify_other',
  });
  const [first, ...others] = simulated.gateways;
  const last = others.pop();
  if (!first || !last) throw new Error('There are too few simulated OpenClaw gateways.');
  const { scene } = services;
  const gateways: Target[] = [];
  for (const other of others) gateways.push(...(await scene.targets(other, { boards: 1 })));
  return {
    name: against === undefined ? 'this version' : 'other version',
    services,
    simulated,
    agents: await scene.targets(first, { agents: options.agents }),
    gateways,
    boards: await scene.targets(last, { boards: several }),
  };
};
