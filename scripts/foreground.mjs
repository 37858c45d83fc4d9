import { spawn } from 'node:child_process';
import { root } from './toolchain/steps.mjs';

/**
 * Runs a program on this terminal and resolves to its exit code. Ctrl-C reaches the whole foreground group by itself, so on a terminal
 * SIGINT is not passed on: the program would treat a second one as the signal to stop at once.
 */
export const runInForeground = (file, args, env = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
    const handlers = Object.fromEntries(
      ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [
        signal,
        () => {
          if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
        },
      ]),
    );
    for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
    const done = () => {
      for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
