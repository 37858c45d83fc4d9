import type { EventData, OpenclawGatewayStatusFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { decideOpenclawGatewayStatus } from './status.ts';

const available = (bootId: string): OpenclawGatewayStatusFact => ({
  type: 'OpenclawGatewayAvailable',
  data: { gatewayId: 'g', serverVersion: '1', bootId },
});
const unavailable = (changed: Partial<EventData<'OpenclawGatewayUnavailable'>> = {}) =>
  ({
    type: 'OpenclawGatewayUnavailable',
    data: {
      ...{ gatewayId: 'g', state: 'rejected', code: 'not_paired', detail: null, pairingRequestId: 'r' },
      ...changed,
    },
  }) as const satisfies OpenclawGatewayStatusFact;

describe('the status of an OpenClaw gateway', () => {
  it('is recorded when it is found for the first time, and when it changes', () => {
    for (const [found, last] of [
      [available('b'), null],
      [unavailable(), null],
      [available('b'), unavailable()],
      [unavailable(), available('b')],
      [unavailable({ state: 'away' }), unavailable()],
      [unavailable({ code: 'token_refused' }), unavailable()],
      [unavailable({ pairingRequestId: 's' }), unavailable()],
    ] as const) {
      expect(decideOpenclawGatewayStatus(found, last)).toEqual([found]);
    }
  });

  it('is not recorded again for another process or another sentence', () => {
    expect(decideOpenclawGatewayStatus(available('c'), available('b'))).toEqual([]);
    expect(decideOpenclawGatewayStatus(unavailable({ detail: 'since 12:00' }), unavailable())).toEqual([]);
  });
});
