import { parseArgs } from 'node:util';
import { startControlServer } from './control-server.ts';
import { type OpenClawSimulatorOptions, startOpenClawSimulator } from './start.ts';

/**
 * A simulated OpenClaw gateway as its own process:
 * `node main.js [--port 0] [--token <token>] [--control-port 0] [--history-file <path>] [--options <JSON of OpenClawSimulatorOptions>]`.
 * With `--until-stdin-ends` it does not outlive the process that holds its standard input.
 * Prints one JSON line `{url, token, controlUrl}` when it listens. SIGINT ends it, and SIGTERM after its active runs. After `kill -9`, a
 * process with the same history file has what was durable.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    token: { type: 'string' },
    'control-port': { type: 'string', default: '0' },
    'history-file': { type: 'string' },
    options: { type: 'string', default: '{}' },
    'until-stdin-ends': { type: 'boolean', default: false },
  },
});

const simulator = await startOpenClawSimulator({
  ...(JSON.parse(values.options) as OpenClawSimulatorOptions),
  port: Number(values.port),
  ...(values.token !== undefined && { token: values.token }),
  ...(values['history-file'] !== undefined && { historyFile: values['history-file'] }),
});
const control = await startControlServer(simulator, Number(values['control-port']));
process.stdout.write(
  `${JSON.stringify({ url: simulator.url, token: simulator.token, controlUrl: control.url })}\n`,
);

/** A real one waited for longer than a minute. */
const drainMs = 60_000;

const end = async (options?: { drainMs: number }) => {
  await simulator.stop(options);
  await control.stop();
};
process.once('SIGINT', () => void end());
process.once('SIGTERM', () => void end({ drainMs }));
if (values['until-stdin-ends']) process.stdin.once('end', () => void end()).resume();
