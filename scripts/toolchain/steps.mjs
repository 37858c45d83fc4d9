import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const toolchain = join(root, '.toolchain');

/** A set-up step failed. `fix` is the command or the sentence that tells the user how to fix it. */
export class SetUpError extends Error {
  constructor(message, fix) {
    super(message);
    this.name = 'SetUpError';
    this.fix = fix;
  }
}

export const say = (text) => process.stderr.write(`set-up: ${text}\n`);

/**
 * Runs a program quietly. Resolves to its exit code and its output, with both streams combined. For a missing program, the code
 * is 127.
 */
export const run = (file, args, { env = {}, cwd = root } = {}) =>
  new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output }),
    );
  });

/** The end of a program's output, for an error message. */
export const endOf = (output) => output.trim().split('\n').slice(-15).join('\n');
