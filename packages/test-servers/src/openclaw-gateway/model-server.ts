import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A request to the model: the texts and images of all user messages of the conversation, oldest first. */
interface ModelRequest {
  readonly model: string;
  readonly userTexts: readonly string[];
  readonly images: number;
}

export interface ModelServer {
  /** The base URL of an OpenAI-compatible API. */
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** From now on, requests that contain the text get that HTTP status, or no answer at all. null: an answer again. */
  readonly fail: (text: string, how: number | 'silence' | null) => void;
  readonly stop: () => Promise<void>;
}

type Content = string | readonly { type: string; text?: string }[];

/** A model provider on loopback that records its requests and answers `Noted.` to everything that it is not told to fail. */
export const startModelServer = async (): Promise<ModelServer> => {
  const requests: ModelRequest[] = [];
  const failures = new Map<string, number | 'silence'>();
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    const { model, messages } = (await json(request)) as {
      model: string;
      messages: { role: string; content: Content }[];
    };
    const parts = messages
      .filter(({ role }) => role === 'user')
      .flatMap(({ content }) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content));
    const userTexts = parts.flatMap(({ text }) => (text === undefined ? [] : [text]));
    requests.push({
      model,
      userTexts,
      images: parts.filter(({ type }) => type === 'image_url').length,
    });
    const how = [...failures].find(([text]) => userTexts.some((one) => one.includes(text)))?.[1];
    if (how === 'silence') return;
    if (how !== undefined) {
      const error = { message: `The provider answers ${how}.`, type: 'failed', code: 'failed' };
      response.writeHead(how, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (delta: object, finish_reason: string | null = null) =>
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model, choices: [{ index: 0, delta, finish_reason }] })}\n\n`,
      );
    chunk({ role: 'assistant', content: 'Noted.' });
    chunk({}, 'stop');
    response.end('data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    fail: (text, how) => {
      if (how === null) failures.delete(text);
      else failures.set(text, how);
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
