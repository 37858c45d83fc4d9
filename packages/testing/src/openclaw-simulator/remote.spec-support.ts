import { waitFor } from '../wait-for.ts';
import type { ReceivedMessage } from './chat-session.ts';
import type { OpenClawSimulator } from './start.ts';

/** Like the simulator in this process, but its sessions are read over HTTP. */
export type RemoteOpenClawSimulator = Pick<
  OpenClawSimulator,
  'waitForMessage' | 'fail' | 'heal' | 'restart'
> & { sessions(): Promise<Record<string, readonly ReceivedMessage[]>> };

/** @param controlUrl as the simulator's process prints it */
export const remoteOpenClawSimulator = (controlUrl: string): RemoteOpenClawSimulator => {
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, controlUrl), {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`The simulator answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const sessions = async () => (await call('GET', '/sessions')) as Record<string, readonly ReceivedMessage[]>;
  return {
    sessions,
    waitForMessage: (matches, wait) =>
      waitFor(
        async () =>
          Object.values(await sessions())
            .flat()
            .find(matches),
        wait,
      ),
    fail: async (fault, { times } = {}) => {
      await call('POST', '/fail', { fault, times });
    },
    heal: async () => {
      await call('POST', '/heal');
    },
    restart: async () => {
      await call('POST', '/restart');
    },
  };
};
