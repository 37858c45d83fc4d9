import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OpenClawSimulator, startOpenClawSimulator } from '@mission-control/testing';

/**
 * Several simulated OpenClaw gateways in one process: `node openclaw-gateways.js <number>`. Prints a line of JSON when they listen:
 * `{controlUrl, gateways: [{url, token}]}`.
 *
 * - `GET /received` answers what was received since the last such request: `[[<session key>, [<idempotency key>, <when>, …]], …]`
 * - `POST /away/<n>` and `POST /back/<n>`: the n-th one refuses connections, or accepts them again
 */
const [number = '1'] = process.argv.slice(2);
const simulators: OpenClawSimulator[] = [];
while (simulators.length < Number(number)) simulators.push(await startOpenClawSimulator());

/** How many messages of each session were reported. */
const reported = new Map<string, number>();

const received = () =>
  simulators
    .flatMap((simulator) => Object.entries(simulator.sessions()))
    .flatMap(([sessionKey, messages]) => {
      const news = messages.slice(reported.get(sessionKey) ?? 0);
      reported.set(sessionKey, messages.length);
      if (news.length === 0) return [];
      return [
        [
          sessionKey,
          news.flatMap(({ idempotencyKey, receivedAt }) => [idempotencyKey, Date.parse(receivedAt)]),
        ],
      ];
    });

const answer = async (path: string): Promise<unknown> => {
  const [, command, n] = path.split('/');
  if (command === 'received') return received();
  const simulator = simulators[Number(n)];
  if (command === 'away') await simulator?.fail({ mode: 'refuse_connections' });
  if (command === 'back') await simulator?.heal();
  return {};
};

const control = createServer((request, response) => {
  answer(request.url ?? '').then(
    (body) => response.end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
control.listen(0, '127.0.0.1');
await once(control, 'listening');
const { port } = control.address() as AddressInfo;
const gateways = simulators.map(({ url, token }) => ({ url, token }));
process.stdout.write(`${JSON.stringify({ controlUrl: `http://127.0.0.1:${port}`, gateways })}\n`);
process.once('SIGTERM', () => process.exit(0));
