import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '@mission-control/runtime';

/** What `/metrics` shows. */
export const textOf = async (metrics: Metrics): Promise<string> => {
  const server = createServer(metrics.answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text();
  } finally {
    server.close();
  }
};
