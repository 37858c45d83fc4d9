import type { TestGateway } from './test-gateway.ts';

/** The value of a metric by its name in the Prometheus format; NaN if it does not exist. */
export const metricOf = async (t: TestGateway, name: string): Promise<number> => {
  const line = new RegExp(`^${name}(?:{[^}]*})? (\\d+)$`, 'm');
  return Number(line.exec(await t.metricsText())?.[1] ?? Number.NaN);
};
