import { waitFor } from '../wait-for.ts';
import type { ReceivedMessage } from './messages.ts';
import type { OpenClawSimulator } from './start.ts';

type BySession = Record<string, readonly ReceivedMessage[]>;

/** Like the simulator in this process, but what it knows is read over HTTP. */
export type RemoteOpenClawSimulator = Pick<
  OpenClawSimulator,
  | 'waitForMessage'
  | 'fail'
  | 'heal'
  | 'endRuns'
  | 'restart'
  | 'reset'
  | 'changeToken'
  | 'pairingRequests'
  | 'approve'
> & {
  sessions(): Promise<BySession>;
  consumed(): Promise<BySession>;
  bootId(): Promise<string>;
};

/** @param controlUrl as the simulator's process prints it */
export const remoteOpenClawSimulator = (controlUrl: string): RemoteOpenClawSimulator => {
  const call = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(new URL(path, controlUrl), init);
    if (!response.ok) throw new Error(`The simulator answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const command = async (path: string, body: object = {}): Promise<void> => {
    await call(path, { method: 'POST', body: JSON.stringify(body) });
  };
  const sessions = async () => (await call('/sessions')) as BySession;
  return {
    sessions,
    consumed: async () => (await call('/consumed')) as BySession,
    bootId: async () => (await call('/boot-id')) as string,
    pairingRequests: async () => (await call('/pairing-requests')) as string[],
    waitForMessage: (matches, wait) =>
      waitFor(
        async () =>
          Object.values(await sessions())
            .flat()
            .find(matches),
        wait,
      ),
    fail: (fault, { times } = {}) => command('/fail', { fault, times }),
    heal: () => command('/heal'),
    endRuns: (outcome, options = {}) => command('/end-runs', { outcome, ...options }),
    restart: (options = {}) => command('/restart', options),
    reset: (sessionKey) => command('/reset', { sessionKey }),
    changeToken: (token) => command('/token', { token }),
    approve: (requestId) => command('/approve', { requestId }),
  };
};
