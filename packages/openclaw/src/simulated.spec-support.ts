import { type OpenClawSimulatorOptions, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { onTestFinished } from 'vitest';
import { connectOpenClaw, type OpenClawOptions } from './connect.ts';

/** Both ends of a connection for one test. They are closed when the test ends. */

/** Long enough for an answer on a slow machine. */
export const within = { timeoutMs: 60_000 };

export const simulate = async (options: OpenClawSimulatorOptions = {}) => {
  const simulator = await startOpenClawSimulator(options);
  onTestFinished(() => simulator.stop());
  return simulator;
};

export const connect = (options: Pick<OpenClawOptions, 'url'> & Partial<OpenClawOptions>) => {
  const lines: { message: string; fields: object }[] = [];
  const log = (fields: object, message: string) => lines.push({ message, fields });
  const connection = connectOpenClaw({
    token: 'token',
    allowInsecureTls: false,
    log: { info: log, warn: log },
    ...options,
  });
  onTestFinished(() => connection.close());
  const connects = () => lines.filter(({ message }) => message.startsWith('connected')).length;
  return { connection, lines, connects };
};

export const started = async (options: OpenClawSimulatorOptions = {}) => {
  const simulator = await simulate(options);
  return { simulator, ...connect({ url: simulator.url, token: simulator.token }) };
};

/** Repeats the call until the connection is back. */
export const settled = <T extends { kind: string }>(ask: () => Promise<T>) =>
  waitFor(async () => {
    const outcome = await ask();
    return outcome.kind !== 'unavailable' && outcome.kind !== 'doubt' && outcome;
  });
