#!/usr/bin/env node
// The program behind `npm start`, `npm test` and the other scripts. Runs on Node 20, needs no package and sets up what is missing.
import { commands } from './commands.mjs';
import { SetUpError } from './toolchain/steps.mjs';

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  process.stderr.write(`Commands: ${Object.keys(commands).join(', ')}. Example: npm run check\n`);
  process.exit(2);
}
try {
  process.exitCode = await command(args);
} catch (error) {
  if (!(error instanceof SetUpError) && error.code === undefined) throw error;
  const fix = error.fix ?? 'sudo chown -R "$(id -un)" . # when another user has used this clone before';
  process.stderr.write(`${error.message}\nTo fix it: ${fix}\n`);
  process.exitCode = 1;
}
