import { join } from 'node:path';
import { createLog } from '@mission-control/runtime';
import { loadStandaloneConfig } from '../config.ts';
import { services as definitions } from '../service-definitions.ts';
import { startSystem } from '../system.ts';

/** Starts the real supervisor on real servers, with fake services: service name to script in this folder. */
export const startFakeSystem = (
  env: NodeJS.ProcessEnv,
  programs: Readonly<Record<string, string>> = {
    relay: 'healthy-service.mjs',
    gateway: 'healthy-service.mjs',
  },
) => {
  const lines: string[] = [];
  const output = (line: string) => lines.push(line);
  const config = loadStandaloneConfig({ PORT: '0', LOG_FORMAT: 'json', ...env });
  const log = createLog('standalone', { level: 'info', format: 'json' }, { write: output });
  const services = Object.entries(programs).map(([name, script]) => ({
    name,
    program: join(import.meta.dirname, script),
    inBackground: definitions.find((one) => one.name === name)?.inBackground ?? false,
  }));
  return { ...startSystem({ config, env: { ...process.env, ...env }, services, log, output }), lines };
};
