import type { Fault } from '@mission-control/testing';
import { describe, expect, it } from 'vitest';
import { checkOpenClaw } from './check.ts';
import { simulate } from './simulated.spec-support.ts';

const check = async (fault?: Fault, timeoutMs = 60_000) => {
  const simulator = await simulate();
  if (fault) await simulator.fail(fault);
  return checkOpenClaw(
    { url: simulator.url, token: simulator.token, allowInsecureTls: false },
    { timeoutMs },
  );
};

describe('the check of an OpenClaw gateway', () => {
  it('returns protocol, version and latency of one that works', async () => {
    const startedAt = performance.now();
    const result = await check();
    expect(result).toEqual({
      reachable: true,
      authenticated: true,
      protocol: 4,
      serverVersion: '2026.9.6-simulated',
      latencyMs: expect.any(Number),
      problem: null,
    });
    expect(result.latencyMs).toBeLessThanOrEqual(Math.ceil(performance.now() - startedAt));
  });

  it.each([
    [{ mode: 'refuse_connections' }, false, 'gateway_unreachable'],
    [{ mode: 'frozen' }, false, 'connect_timeout'],
    [{ mode: 'starting', retryAfterMs: 100 }, true, 'gateway_starting'],
    [{ mode: 'wrong_token' }, true, 'token_refused'],
    [{ mode: 'not_paired' }, true, 'not_paired'],
    [{ mode: 'protocol_mismatch' }, true, 'protocol_mismatch'],
    [{ mode: 'missing_scope' }, true, 'scope_missing'],
  ] as const)('with the fault %o: reachable %s, problem %s', async (fault, reachable, code) => {
    const timeoutMs = fault.mode === 'frozen' ? 500 : undefined;
    expect(await check(fault, timeoutMs)).toMatchObject({
      reachable,
      authenticated: false,
      problem: { code },
    });
  });
});
