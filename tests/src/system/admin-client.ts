import { waitFor } from '@mission-control/testing';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** What is created there can be read by its id. */
const collection = /\/(gateways|boards|agents|webhooks)$/;

/** The public API as an admin uses it. When a command returns, its change can be read, however slow the projector is. */
export class AdminClient {
  readonly baseUrl: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Returns a response with any status. Only a failed connection throws. */
  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(120_000),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    const parsed = json ? JSON.parse(text) : { text };
    if (response.headers.get('x-read-model') === 'behind') await this.#readable(method, path, parsed);
    return { status: response.status, headers: response.headers, body: parsed as T };
  }

  /** The API waits 2 s for its read models, and reports if that was not enough. */
  async #readable(
    method: string,
    path: string,
    written: { id?: string; updated_at?: string },
  ): Promise<void> {
    const resource = path.replace(/\?.*/, '');
    const shown = (at: string) => this.call<{ updated_at?: string }>('GET', at);
    if (method === 'DELETE') await waitFor(async () => (await shown(resource)).status === 404);
    if (method === 'PATCH')
      await waitFor(async () => (await shown(resource)).body.updated_at === written.updated_at);
    if (method === 'POST' && collection.test(resource))
      await waitFor(async () => (await shown(`${resource}/${written.id}`)).status === 200);
  }

  get<T = Record<string, unknown>>(path: string): Promise<T> {
    return this.#expect<T>('GET', path);
  }

  post<T = Record<string, unknown>>(path: string, body: unknown): Promise<T> {
    return this.#expect<T>('POST', path, body);
  }

  patch<T = Record<string, unknown>>(path: string, body: unknown): Promise<T> {
    return this.#expect<T>('PATCH', path, body);
  }

  async bytes(path: string): Promise<Buffer> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  async #expect<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }
}
