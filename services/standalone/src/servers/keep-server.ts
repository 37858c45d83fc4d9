import { keepRunning, type Logger } from '@mission-control/runtime';

interface Server {
  readonly exited: Promise<void>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

export interface KeptServer<S> {
  /** The server that was started first. Later ones use the same port. */
  readonly first: S;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/** Starts a server, and restarts it whenever it ends by itself. */
export const keepServer = async <S extends Server>(
  name: string,
  start: (previous: S | null) => Promise<S>,
  log: Logger,
): Promise<KeptServer<S>> => {
  const first = await start(null);
  const stopping = new AbortController();
  let current: S | null = first;
  const kept = keepRunning(
    name,
    async () => {
      current ??= await start(first);
      const server = current;
      if (stopping.signal.aborted) await server.stop();
      await server.exited;
      current = null;
      throw new Error(`${name} exited unexpectedly`);
    },
    { signal: stopping.signal, log },
  );
  const endWith = async (how: 'stop' | 'kill') => {
    stopping.abort();
    await current?.[how]();
    await kept;
  };
  return { first, stop: () => endWith('stop'), kill: () => endWith('kill') };
};
