import { parseArgs } from 'node:util';
import { ConfigError, createLog } from '@mission-control/runtime';
import { loadStandaloneConfig, type StandaloneConfig } from './config.ts';
import { help } from './help.ts';
import { services } from './service-definitions.ts';
import { StartError } from './start-error.ts';
import { startSystem } from './system.ts';

/** Two signals within this time count as one: a terminal and a parent may both deliver the same Ctrl-C. */
const sameSignalMs = 1_000;

const fail = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

const readConfig = (): StandaloneConfig => {
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    return loadStandaloneConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) return fail(`The system cannot start:\n${error.message}`);
    return fail(`${(error as Error).message}\nnpm start -- --help lists options and variables.`);
  }
};

const config = readConfig();
const log = createLog('standalone', { level: config.LOG_LEVEL, format: config.LOG_FORMAT });
const system = startSystem({
  config,
  env: process.env,
  services,
  log,
  output: (line) => {
    process.stdout.write(`${line}\n`);
  },
});

let stoppedAt = 0;
const onSignal = (signal: NodeJS.Signals) => {
  if (stoppedAt === 0) {
    stoppedAt = performance.now();
    log.info({ signal }, 'stopping; send the signal again to force it');
    system.stop().then(
      () => process.exit(0),
      (error) => fail(`The system did not stop cleanly: ${error.message}`),
    );
  } else if (performance.now() - stoppedAt > sameSignalMs) {
    system.kill().then(
      () => process.exit(130),
      () => process.exit(130),
    );
  }
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

try {
  process.stdout.write(await system.ready);
} catch (error) {
  if (stoppedAt === 0) {
    await system.stop();
    fail(error instanceof StartError ? error.message : `The system cannot start: ${(error as Error).stack}`);
  }
}
