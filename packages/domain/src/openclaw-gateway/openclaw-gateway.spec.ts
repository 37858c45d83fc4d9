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
const update = (command: Omit<Extract<OpenclawGatewayCommand, { type: 'UpdateOpenclawGateway' }>, 'type'>) =>
  decideOpenclawGateway(
    { type: 'UpdateOpenclawGateway', ...command },
    evolveOpenclawGateway(noOpenclawGateway, created),
  );

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

  it('changes path and name without the token', () => {
    expect(update({ url: 'wss://one:1/other', name: 'H' })).toHaveLength(1);
  });

  it('records nothing if nothing changed', () => {
    expect(update({ url: 'wss://one:1/path', name: 'G' })).toEqual([]);
  });
});
