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
    'moves to %s only together with its token',
    (url) => {
      expect(() => update({ url })).toThrow(/needs the token/);
      expect(update({ url, token: 'other' })).toEqual([
        { type: 'OpenclawGatewayUpdated', data: { gatewayId: 'g', url, token: 'other' } },
      ]);
    },
  );

  it('lowers its TLS only together with its token', () => {
    expect(() => update({ allowInsecureTls: true })).toThrow(/needs the token/);
  });

  it('changes path and name without it', () => {
    expect(update({ url: 'wss://one:1/other', name: 'H' })).toHaveLength(1);
  });

  it('says nothing where nothing changed', () => {
    expect(update({ url: 'wss://one:1/path', name: 'G' })).toEqual([]);
  });
});
