import { startFakeSystem } from './start-fake-system.ts';

// A process of its own, for tests that kill it.
const system = startFakeSystem(process.env);
await system.ready;
process.stdout.write(`${system.lines.join('\n')}\n`);
setInterval(() => {}, 1_000);
