import { parseArgs } from 'node:util';
import { startControlServer } from './control-server.ts';
import { startOpenClawSimulator } from './start.ts';

/**
 * A simulated OpenClaw gateway as its own process:
 * `node main.js [--port 0] [--token <token>] [--control-port 0] [--history-file <path>]`.
 * With `--until-stdin-ends` it does not outlive the process that holds its standard input.
 * Prints one JSON line `{url, token, controlUrl}` when it listens. SIGINT and SIGTERM end it.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    token: { type: 'string' },
    'control-port': { type: 'string', default: '0' },
    'history-file': { type: 'string' },
    'until-stdin-ends': { type: 'boolean', default: false },
  },
});

const simulator = await startOpenClawSimulator({
  port: Number(values.port),
  ...(values.token !== undefined && { token: values.token }),
  ...(values['history-file'] !== undefined && { historyFile: values['history-file'] }),
});
const control = await startControlServer(simulator, Number(values['control-port']));
process.stdout.write(
  `${JSON.stringify({ url: simulator.url, token: simulator.token, controlUrl: control.url })}\n`,
);

const end = async () => {
  await control.stop();
  await simulator.stop();
};
process.once('SIGINT', () => void end());
process.once('SIGTERM', () => void end());
if (values['until-stdin-ends']) process.stdin.once('end', () => void end()).resume();
