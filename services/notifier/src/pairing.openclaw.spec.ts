import 'reflect-metadata';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type EventData, newRandomId, streams } from '@mission-control/contracts';
import {
  noOpenClawGateway,
  startTestOpenClawGateway,
  type TestOpenClawGateway,
} from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf, Surroundings } from './testing/test-notifier.ts';

/** A reverse proxy on loopback that names another address as the client's. */
const startProxy = async (target: string) => {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('upgrade', ({ url, rawHeaders }, client: Socket) => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => (socket === client ? upstream : client).destroy());
    }
    const lines = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${rawHeaders[n + 1]}`] : []));
    upstream.write([`GET ${url} HTTP/1.1`, ...lines, 'X-Forwarded-For: 192.0.2.7', '', ''].join('\r\n'));
    upstream.pipe(client).pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

describe('a real OpenClaw gateway behind a reverse proxy', () => {
  let around: Surroundings;
  let gateway: TestOpenClawGateway;
  let proxy: Awaited<ReturnType<typeof startProxy>>;

  beforeAll(async () => {
    if (noOpenClawGateway !== null) return;
    gateway = await startTestOpenClawGateway({ trustedProxies: ['127.0.0.1'] });
    proxy = await startProxy(gateway.url);
    around = await Surroundings.create();
    await around.notifier();
  }, 300_000);
  afterAll(async () => {
    await around?.end();
    await proxy?.stop();
    await gateway?.stop();
  });

  it('names the request that its operator has to approve, and gets messages afterwards', async (context) => {
    if (noOpenClawGateway !== null) context.skip(noOpenClawGateway);
    const gatewayId = await around.gatewayOf({ url: proxy.url, token: gateway.token });
    const boardId = await around.scene.board({ gatewayId });
    const sessionKey = `agent:main:${newRandomId()}`;
    await around.scene.agent(boardId, { isLead: true, session: sessionKey });
    const webhookId = await around.scene.webhook(boardId);
    const target = { gatewayId, boardId, webhookId };
    const parked = await around.deliveryWith(await around.arrive(target), 'DeliveryParked');
    expect(dataOf(parked, 'DeliveryParked')).toMatchObject([{ reason: 'not_paired' }]);
    const status = () => around.scene.facts(streams.openclawGatewayStatus(gatewayId));
    const rejected = await waitFor(async () =>
      (await status()).find(({ type }) => type === 'OpenclawGatewayUnavailable'),
    );
    const { pairingRequestId } = rejected.data as EventData<'OpenclawGatewayUnavailable'>;
    expect(await gateway.run('devices', 'approve', pairingRequestId ?? '')).toContain('Approved');
    await waitFor(async () => (await status()).some(({ type }) => type === 'OpenclawGatewayAvailable'), {
      timeout: 120_000,
    });
    const told = await around.deliveryWith(await around.arrive(target), 'MessageConfirmed');
    expect(dataOf(told, 'MessageConfirmed')).toMatchObject([{ gatewayId, sessionKey }]);
  });
});
