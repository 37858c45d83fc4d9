import type { OpenclawGatewayFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import {
  decideOpenclawGateway,
  evolveOpenclawGateway,
  noOpenclawGateway,
  type OpenclawGatewayCommand,
} from './openclaw-gateway.ts';

const created: OpenclawGatewayFact = {
  type: 'OpenclawGatewayCreated',
  data: { gatewayId: 'g', name: 'G', url: 'wss://one:1/path', token: 'jwe', allowInsecureTls: false },
};
const update = (
  command: Omit<Extract<OpenclawGatewayCommand, { type: 'UpdateOpenclawGateway' }>, 'type'>,
  state = evolveOpenclawGateway(noOpenclawGateway, created),
) => decideOpenclawGateway({ type: 'UpdateOpenclawGateway', ...command }, state);

describe('an OpenClaw gateway', () => {
  it.each(['wss://two:1/path', 'wss://one:2/path', 'ws://one:1/path'])(
    'moves to %s only if the token is given again',
    (url) => {
      expect(() => update({ url })).toThrow(/requires the token/);
      expect(update({ url, token: 'other' })).toEqual([
        { type: 'OpenclawGatewayUpdated', data: { gatewayId: 'g', url, token: 'other' } },
      ]);
    },
  );

  it('allows insecure TLS only if the token is given again', () => {
    expect(() => update({ allowInsecureTls: true })).toThrow(/requires the token/);
  });

  it('gets a pinned certificate without the token, and another one or none only with it', () => {
    const [pinned] = update({ tlsFingerprint: 'ab' });
    expect(pinned).toEqual({
      type: 'OpenclawGatewayUpdated',
      data: { gatewayId: 'g', tlsFingerprint: 'ab' },
    });
    const state = evolveOpenclawGateway(
      evolveOpenclawGateway(noOpenclawGateway, created),
      pinned as OpenclawGatewayFact,
    );
    expect(state).toMatchObject({ tlsFingerprint: 'ab' });
    for (const tlsFingerprint of ['cd', null]) {
      expect(() => update({ tlsFingerprint }, state)).toThrow(/requires the token/);
      expect(update({ tlsFingerprint, token: 'jwe' }, state)).toHaveLength(1);
    }
    expect(update({ tlsFingerprint: 'ab' }, state)).toEqual([]);
    expect(() => update({ url: 'ws://one:1', token: 'jwe' }, state)).toThrow(/wss:/);
  });

  it('without TLS has no certificate to pin', () => {
    const plain = { gatewayId: 'g', name: 'G', url: 'ws://one:1', token: null, allowInsecureTls: false };
    const create = (tlsFingerprint: string | null) =>
      decideOpenclawGateway({ type: 'CreateOpenclawGateway', ...plain, tlsFingerprint }, noOpenclawGateway);
    expect(() => create('ab')).toThrow(/wss:/);
    expect(create(null)).toEqual([{ type: 'OpenclawGatewayCreated', data: plain }]);
  });

  it('changes path and name without the token', () => {
    expect(update({ url: 'wss://one:1/other', name: 'H' })).toHaveLength(1);
  });

  it('records nothing if nothing changed', () => {
    expect(update({ url: 'wss://one:1/path', name: 'G' })).toEqual([]);
  });
});
