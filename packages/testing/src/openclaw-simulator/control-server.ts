import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Fault } from './faults.ts';
import type { RunOutcome } from './run-outcome.ts';
import type { OpenClawSimulator, RestartOptions } from './start.ts';

/**
 * The simulator's remote control. It has its own port, because the simulated port may be set to refuse connections:
 * a `GET` for what can be asked, a `POST` with a JSON body for what can be done.
 */
export const startControlServer = async (
  simulator: OpenClawSimulator,
  port: number,
): Promise<{ url: string; stop: () => Promise<void> }> => {
  const server = createServer((request, response) => {
    const answered = answer(simulator, request).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(400).end(error instanceof Error ? error.message : String(error)),
    );
    void answered;
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

const answer = async (simulator: OpenClawSimulator, request: IncomingMessage): Promise<unknown> => {
  const route = `${request.method} ${request.url}`;
  const read = reads[route];
  if (read) return read(simulator);
  const command = commands[route];
  if (!command) throw new Error(`There is no ${route}.`);
  await command(simulator, JSON.parse((await text(request)) || '{}') as never);
  return {};
};

const reads: Readonly<Record<string, (simulator: OpenClawSimulator) => unknown>> = {
  'GET /sessions': (simulator) => simulator.sessions(),
  'GET /consumed': (simulator) => simulator.consumed(),
  'GET /boot-id': (simulator) => simulator.bootId(),
  'GET /pairing-requests': (simulator) => simulator.pairingRequests(),
};

const commands: Readonly<Record<string, (simulator: OpenClawSimulator, body: never) => Promise<void>>> = {
  'POST /fail': (simulator, { fault, times }: { fault: Fault; times?: number }) =>
    simulator.fail(fault, times === undefined ? {} : { times }),
  'POST /heal': (simulator) => simulator.heal(),
  'POST /end-runs': (
    simulator,
    { outcome, ...options }: { outcome: RunOutcome; sessionKey?: string; times?: number },
  ) => simulator.endRuns(outcome, options),
  'POST /restart': (simulator, options: RestartOptions) => simulator.restart(options),
  'POST /reset': (simulator, { sessionKey }: { sessionKey: string }) => simulator.reset(sessionKey),
  'POST /token': (simulator, { token }: { token: string }) => simulator.changeToken(token),
  'POST /approve': (simulator, { requestId }: { requestId: string }) => simulator.approve(requestId),
};
