import { GatewayClient, type GatewayClientOptions } from '@openclaw/gateway-client';
import { onTestFinished } from 'vitest';
import { type OpenClawSimulatorOptions, startOpenClawSimulator } from './start.ts';

/** The simulator and the official client, for one test. */

interface ChatEvent extends Record<string, unknown> {
  readonly runId: string;
  readonly state: string;
}

export const start = async (options: OpenClawSimulatorOptions = {}) => {
  const simulator = await startOpenClawSimulator(options);
  onTestFinished(() => simulator.stop());
  return simulator;
};

/** Connects the official client as a product would. */
export const connect = async (
  { url, token }: { readonly url: string; readonly token: string },
  options: Partial<GatewayClientOptions> = {},
) => {
  const hello = Promise.withResolvers<{
    protocol: number;
    server: { bootId?: string };
    auth: { scopes: string[]; deviceToken?: string };
  }>();
  const events: { event: string; payload: Record<string, unknown> }[] = [];
  const client = new GatewayClient({
    url,
    token,
    role: 'operator',
    scopes: ['operator.read', 'operator.write'],
    onHelloOk: hello.resolve,
    onConnectError: hello.reject,
    onEvent: ({ event, payload }) => events.push({ event, payload: payload as Record<string, unknown> }),
    ...options,
  });
  onTestFinished(() => client.stopAndWait());
  client.start();
  const chats = (runId?: string) =>
    events
      .filter(({ event, payload }) => event === 'chat' && (runId === undefined || payload.runId === runId))
      .map(({ payload }) => payload as ChatEvent);
  return { client, events, chats, hello: await hello.promise };
};

interface Row {
  role: string;
  content: unknown;
  idempotencyKey?: string;
  customType?: string;
  __openclaw: { id: string; seq: number; runId?: string; kind?: string };
}

export interface History {
  sessionId?: string;
  messages: Row[];
  pendingInputs: { items: { runId: string; state: string }[]; total: number; nextBefore?: number };
  inputReceipts: { runId: string; state: string; consumedByEventId?: string }[];
  sessionInfo: { key: string; status?: string; activeRunIds?: string[]; lastRunId?: string };
  deltaCursor: string;
  hasMore: boolean;
  nextOffset?: number;
}

export const sessionKey = 'agent:main:lead';

/** Short forms of the requests to one session. */
export const talkTo = ({ client }: Pick<Awaited<ReturnType<typeof connect>>, 'client'>) => {
  const send = (idempotencyKey: string, more: Record<string, unknown> = {}) =>
    client.request('chat.send', {
      sessionKey,
      message: `text of ${idempotencyKey}`,
      idempotencyKey,
      ...more,
    });
  const wait = (runId: string, timeoutMs = 60_000) => client.request('agent.wait', { runId, timeoutMs });
  const history = (inputRunIds?: string[]) =>
    client.request<History>('chat.history', { sessionKey, ...(inputRunIds && { inputRunIds }) });
  return {
    send,
    wait,
    history,
    /** Keys of the rows, or their roles. */
    rows: async () => (await history()).messages.map((row) => row.idempotencyKey ?? row.role),
    /** States of the pending inputs by key. */
    waiting: async () =>
      Object.fromEntries((await history()).pendingInputs.items.map(({ runId, state }) => [runId, state])),
    /** Begins the session's history with one answered message. */
    begin: async (key = 'warm') => {
      await send(key);
      await wait(key);
    },
  };
};

export const started = async (options: OpenClawSimulatorOptions = {}) => {
  const simulator = await start({ historyDelayMs: 0, ...options });
  const connection = await connect(simulator);
  return { simulator, ...connection, ...talkTo(connection) };
};
