import { signalsOf } from './signals.ts';

// Loaded before everything else: `node --import …/register.js`. The SDK is loaded only if something is exported.
const signals = signalsOf(process.env);
if (signals) {
  const { start } = await import('./start.ts');
  start(signals);
}
