import { expect, it } from 'vitest';
import { createLog } from './log.ts';
import type { Readiness } from './readiness.ts';
import { reportReadiness } from './report-readiness.ts';

it('logs once that a check fails, and once that it passes again', async () => {
  const lines: { level: number; msg: string }[] = [];
  const log = createLog(
    'relay',
    { level: 'info', format: 'json' },
    { write: (line) => lines.push(JSON.parse(line)) },
  );
  const stopping = new AbortController();
  const states = [true, false, false, true];
  const readiness = async (): Promise<Readiness> => {
    const ok = states.shift() ?? true;
    if (states.length === 0) setImmediate(() => stopping.abort());
    return { ready: ok, checks: { nats: ok ? { ok } : { ok, reason: 'no servers' } } };
  };
  await reportReadiness(readiness, { log, signal: stopping.signal, pauseMs: 1 });
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [40, 'check nats fails: no servers'],
    [30, 'check nats passes again'],
  ]);
});
