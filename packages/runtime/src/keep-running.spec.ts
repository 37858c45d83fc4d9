import { describe, expect, it } from 'vitest';
import { keepRunning } from './keep-running.ts';
import { createLog } from './observe/log.ts';

const log = createLog('test', { level: 'fatal', format: 'json' });

describe('work that is kept running', () => {
  it('restarts after an error and after a normal end, until the signal is aborted', async () => {
    const stop = new AbortController();
    const runs: string[] = [];
    await keepRunning(
      'work',
      async () => {
        runs.push('run');
        if (runs.length === 1) throw new Error('fault');
        if (runs.length === 3) stop.abort();
      },
      { signal: stop.signal, log },
    );
    expect(runs).toHaveLength(3);
  });

  it('throws a fatal error', async () => {
    const fatal = new Error('fatal');
    const work = async () => {
      throw fatal;
    };
    const options = {
      signal: new AbortController().signal,
      log,
      isFatal: (error: unknown) => error === fatal,
    };
    await expect(keepRunning('work', work, options)).rejects.toBe(fatal);
  });
});
