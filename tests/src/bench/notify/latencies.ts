import type { Contender } from './contenders.ts';
import { type Latency, measureLatency } from './latency.ts';

/** By contender: the rounds. */
export type Latencies = Readonly<Record<string, readonly Latency[]>>;

/** Measures alternately the versions' latency from a 202 to the `chat.send`, through gateway, relay and notifier. */
export const measureLatencies = async (
  contenders: readonly Contender[],
  options: { rounds: number; perSecond: number; latencySeconds: number },
): Promise<Latencies> => {
  const { rounds, perSecond, latencySeconds } = options;
  const urls = new Map<string, string>();
  for (const { name, services } of contenders) urls.set(name, await services.gateway());
  const measured: Record<string, Latency[]> = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, services, simulated, boards } of contenders) {
      const latency = await measureLatency(services, simulated, {
        gatewayUrl: urls.get(name) ?? '',
        targets: boards,
        perSecond,
        amount: perSecond * latencySeconds,
      });
      const which = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
      process.stderr.write(
        `${which}  ${name}, 202 → chat.send at ${perSecond}/s: p50 ${latency.p50.toFixed(0)} ms  p99 ${latency.p99.toFixed(0)} ms\n`,
      );
      measured[name] ??= [];
      if (round > 0) measured[name].push(latency);
    }
  }
  return measured;
};
