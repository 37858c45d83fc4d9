import { type StartedProcess, startProcess } from '../system/service-process.ts';

/** Starts `npm run events -- …`. */
export const startEvents = (...args: readonly string[]): StartedProcess =>
  startProcess('services/cli/dist/main.js', { args });

/** Runs it to its end. @throws if it fails */
export const runEvents = async (...args: readonly string[]): Promise<string> => {
  const command = startEvents(...args);
  const code = await command.exited;
  if (code !== 0) throw new Error(`events ${args.join(' ')} ended with ${code}:\n${command.output()}`);
  return command.output();
};
