import { startFakeSystem } from './start-fake-system.ts';

// Runs as its own process, for tests that kill it.
const system = startFakeSystem(process.env);
await system.ready;
process.stdout.write(`${system.lines.join('\n')}\n`);
setInterval(() => {}, 1_000);
