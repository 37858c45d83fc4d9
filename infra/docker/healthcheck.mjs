// node healthcheck.mjs [healthz|readyz]: exits with 0 if the service in this container answers 200 on its management port.
// With `readyz`, it prints what the service waits for.
import { readFileSync } from 'node:fs';

const defaultPorts = {
  gateway: 9100,
  'admin-api': 9101,
  projector: 9102,
  relay: 9103,
  notifier: 9104,
  steward: 9105,
};

/** The container's first process is the service, or an init that has the service's command in its own. */
const runningService = () => {
  const command = readFileSync('/proc/1/cmdline', 'utf8');
  return Object.keys(defaultPorts).find((name) => command.includes(`services/${name}/dist/main.js`));
};

const port =
  process.env.MANAGEMENT_PORT || defaultPorts[process.env.MISSION_CONTROL_SERVICE ?? runningService()];
const path = process.argv[2] ?? 'healthz';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(4_000) });
  if (path === 'readyz') process.stdout.write(`${await answer.text()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`Port ${port} does not answer: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
