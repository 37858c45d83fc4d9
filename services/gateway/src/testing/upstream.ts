import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Upstream {
  readonly url: string;
  /** Every request that arrived completely, in order. */
  readonly seen: Seen[];
  readonly stop: () => Promise<void>;
}

/** A real HTTP server in place of the admin API. */
export const startUpstream = async (
  answer: (seen: Seen, response: ServerResponse, request: IncomingMessage) => void,
): Promise<Upstream> => {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const body = await wholeBody(request);
    if (body === null) return;
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body,
    };
    seen.push(one);
    answer(one, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** null when the gateway closed the connection before the end. */
const wholeBody = async (request: IncomingMessage): Promise<string | null> => {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString();
};
