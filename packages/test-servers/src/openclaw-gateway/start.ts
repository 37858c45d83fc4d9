import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerProcess, startServer } from '@mission-control/embedded-servers';
import { freePort } from '@mission-control/free-ports';
import { guardFolder } from '@mission-control/testing';
import { GatewayClient } from '@openclaw/gateway-client';
import { type ModelServer, startModelServer } from './model-server.ts';

/** A row of a session's history. */
interface HistoryRow {
  readonly role: string;
  readonly content: unknown;
  readonly idempotencyKey?: string;
}

export interface TestOpenClawGateway {
  readonly url: string;
  readonly token: string;
  readonly model: ModelServer;
  /** The folder that agents work in. */
  readonly workspace: string;
  /** Sends as any client of the protocol would. */
  readonly send: (sessionKey: string, message: string, idempotencyKey: string) => Promise<void>;
  readonly history: (sessionKey: string) => Promise<readonly HistoryRow[]>;
  readonly stop: () => Promise<void>;
}

/** It takes 15 s on an idle machine. */
const startWithinMs = 240_000;

const program = process.env.OPENCLAW_BIN;

/** Why this run has no real OpenClaw gateway; null if it has one. */
export const noOpenClawGateway: string | null =
  program && existsSync(program)
    ? null
    : (process.env.OPENCLAW_MISSING ?? 'no OpenClaw gateway here: npm run test:openclaw sets one up');

/**
 * A real OpenClaw gateway on loopback, with its own folder for all its files and a model provider that answers at once. It ends with this
 * process, however that ends.
 */
export const startTestOpenClawGateway = async (): Promise<TestOpenClawGateway> => {
  if (!program || noOpenClawGateway !== null) throw new Error(`There is ${noOpenClawGateway}.`);
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-openclaw-'));
  const guard = guardFolder(folder);
  const model = await startModelServer();
  const ended = async () => {
    await model.stop();
    await guard.release();
  };
  try {
    const token = randomUUID();
    const port = await freePort();
    const workspace = join(folder, 'workspace');
    const server = await startGateway({ program, folder, port, token, workspace, modelUrl: model.url });
    const url = `ws://127.0.0.1:${port}`;
    const client = await connect(url, token);
    return {
      url,
      token,
      model,
      workspace,
      send: async (sessionKey, message, idempotencyKey) => {
        await client.request('chat.send', { sessionKey, message, idempotencyKey });
      },
      history: async (sessionKey) =>
        (await client.request<{ messages: HistoryRow[] }>('chat.history', { sessionKey })).messages,
      stop: async () => {
        await client.stopAndWait();
        // A graceful stop waits minutes for runs, and nothing of this one is kept.
        await server.stop([{ signal: 'SIGKILL', waitMs: 10_000 }]);
        await ended();
      },
    };
  } catch (error) {
    await ended();
    throw error;
  }
};

const startGateway = async (settings: {
  program: string;
  folder: string;
  port: number;
  token: string;
  workspace: string;
  modelUrl: string;
}): Promise<ServerProcess> => {
  const { program, folder, port, token, workspace, modelUrl } = settings;
  const [home, state] = [join(folder, 'home'), join(folder, 'state')];
  for (const directory of [home, state, workspace]) await mkdir(directory, { recursive: true });
  const configuration = join(folder, 'openclaw.json');
  const about = { contextWindow: 128_000, maxTokens: 4_096, input: ['text', 'image'] };
  await writeFile(
    configuration,
    JSON.stringify({
      gateway: {
        mode: 'local',
        bind: 'loopback',
        port,
        auth: { mode: 'token', token },
        controlUi: { enabled: false },
      },
      agents: { defaults: { model: { primary: 'test/first' }, workspace, skipBootstrap: true } },
      models: {
        mode: 'merge',
        providers: {
          test: {
            baseUrl: modelUrl,
            apiKey: 'none',
            api: 'openai-completions',
            models: [
              { id: 'first', name: 'First', ...about },
              { id: 'second', name: 'Second', ...about },
            ],
          },
        },
      },
      discovery: { mdns: { mode: 'off' } },
      logging: { file: join(folder, 'openclaw.log') },
      update: { checkOnStart: false },
    }),
  );
  return startServer(
    {
      name: 'the OpenClaw gateway',
      file: process.execPath,
      args: [program, 'gateway', 'run', '--port', String(port)],
      options: {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          HOME: home,
          TMPDIR: folder,
          OPENCLAW_STATE_DIR: state,
          OPENCLAW_CONFIG_PATH: configuration,
          OPENCLAW_SKIP_CHANNELS: '1',
        },
      },
      dataDir: state,
      logFile: join(folder, 'gateway.log'),
      startWithinMs,
    },
    async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (status !== 200) throw new Error(`/readyz answers ${status}`);
    },
  );
};

const connect = async (url: string, token: string): Promise<GatewayClient> => {
  const hello = Promise.withResolvers<unknown>();
  const client = new GatewayClient({
    url,
    token,
    role: 'operator',
    scopes: ['operator.read', 'operator.write'],
    onHelloOk: hello.resolve,
    onConnectError: hello.reject,
  });
  client.start();
  await hello.promise;
  return client;
};
