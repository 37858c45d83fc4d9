import { type StartedProcess, startProcess } from '../../system/service-process.ts';

export interface SimulatedOpenclawGateways {
  readonly process: StartedProcess;
  readonly gateways: readonly { readonly url: string; readonly token: string }[];
  /** What each session has received since the last call, in order. */
  readonly received: () => Promise<Received>;
  /** The n-th one refuses new connections and breaks existing ones. */
  readonly away: (n: number) => Promise<void>;
  readonly back: (n: number) => Promise<void>;
}

export interface Received {
  /** When each delivery's message came first, milliseconds since 1970. */
  readonly at: ReadonlyMap<string, number>;
  /** By session key: the deliveries in the order of their messages. One that came twice is there twice. */
  readonly bySession: ReadonlyMap<string, readonly string[]>;
}

/** Starts simulated OpenClaw gateways, which share one separate process. */
export const startOpenclawGateways = async (number: number): Promise<SimulatedOpenclawGateways> => {
  const process = startProcess('tests/dist/bench/notify/openclaw-gateways.js', { args: [String(number)] });
  const [line] = await process.printed(/^\{.*\}$/m);
  const { controlUrl, gateways } = JSON.parse(line) as {
    controlUrl: string;
    gateways: { url: string; token: string }[];
  };
  const ask = async (path: string, method = 'POST'): Promise<unknown> =>
    (await fetch(`${controlUrl}${path}`, { method })).json();
  return {
    process,
    gateways,
    received: async () => readReceived((await ask('/received', 'GET')) as [string, (string | number)[]][]),
    away: async (n) => void (await ask(`/away/${n}`)),
    back: async (n) => void (await ask(`/back/${n}`)),
  };
};

const readReceived = (sessions: readonly [string, readonly (string | number)[]][]): Received => {
  const at = new Map<string, number>();
  const bySession = new Map<string, readonly string[]>();
  for (const [sessionKey, entries] of sessions) {
    const ids: string[] = [];
    for (let n = 0; n < entries.length; n += 2) {
      const deliveryId = String(entries[n]).slice(0, uuidLength);
      ids.push(deliveryId);
      if (!at.has(deliveryId)) at.set(deliveryId, Number(entries[n + 1]));
    }
    bySession.set(sessionKey, ids);
  }
  return { at, bySession };
};

/** Idempotency keys begin with the id of the delivery. */
const uuidLength = 36;
