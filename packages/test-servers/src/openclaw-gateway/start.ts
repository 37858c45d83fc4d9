import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
  /** Ends the process with SIGKILL and starts it again, on the same port and files. Returns how long that took, milliseconds. */
  readonly restart: () => Promise<number>;
  /** Runs the command line program as its operator would, and returns what it prints. */
  readonly run: (...args: string[]) => Promise<string>;
  readonly stop: () => Promise<void>;
}

const execute = promisify(execFile);

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
export const startTestOpenClawGateway = async (
  options: { readonly trustedProxies?: readonly string[] } = {},
): Promise<TestOpenClawGateway> => {
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
    const settings = { program, folder, port, token, workspace, modelUrl: model.url, ...options };
    await configure(settings);
    let server = await startGateway(settings);
    const url = `ws://127.0.0.1:${port}`;
    let client = await connect(url, token);
    // A graceful stop waits minutes for runs.
    const kill = async () => {
      await client.stopAndWait();
      await server.stop([{ signal: 'SIGKILL', waitMs: 10_000 }]);
    };
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
      restart: async () => {
        const began = performance.now();
        await kill();
        server = await startGateway(settings);
        client = await connect(url, token);
        return performance.now() - began;
      },
      run: async (...args) =>
        (await execute(process.execPath, [program, ...args], { cwd: folder, env: environment(folder) }))
          .stdout,
      stop: async () => {
        await kill();
        await ended();
      },
    };
  } catch (error) {
    await ended();
    throw error;
  }
};

interface Settings {
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly token: string;
  readonly workspace: string;
  readonly modelUrl: string;
  readonly trustedProxies?: readonly string[];
}

const environment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: join(folder, 'home'),
  TMPDIR: folder,
  OPENCLAW_STATE_DIR: join(folder, 'state'),
  OPENCLAW_CONFIG_PATH: join(folder, 'openclaw.json'),
  OPENCLAW_SKIP_CHANNELS: '1',
});

const configure = async ({
  folder,
  port,
  token,
  workspace,
  modelUrl,
  trustedProxies,
}: Settings): Promise<void> => {
  for (const directory of [join(folder, 'home'), join(folder, 'state'), workspace])
    await mkdir(directory, { recursive: true });
  const about = { contextWindow: 128_000, maxTokens: 4_096, input: ['text', 'image'] };
  await writeFile(
    join(folder, 'openclaw.json'),
    JSON.stringify({
      gateway: {
        mode: 'local',
        bind: 'loopback',
        port,
        auth: { mode: 'token', token },
        ...(trustedProxies && { trustedProxies }),
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
};

const startGateway = ({ program, folder, port }: Settings): Promise<ServerProcess> =>
  startServer(
    {
      name: 'the OpenClaw gateway',
      file: process.execPath,
      args: [program, 'gateway', 'run', '--port', String(port)],
      options: { cwd: folder, env: environment(folder) },
      dataDir: join(folder, 'state'),
      logFile: join(folder, 'gateway.log'),
      startWithinMs,
    },
    async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (status !== 200) throw new Error(`/readyz answers ${status}`);
    },
  );

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
