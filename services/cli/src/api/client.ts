import { CommandFailed } from '../command-failed.ts';
import { failureOf, unreachable } from './failures.ts';
import { isDescribed, pathWith, type Route } from './routes.ts';

export interface CallOptions {
  /** The ids in the path. */
  readonly ids?: Readonly<Record<string, string>>;
  /** Members that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
}

/** The public API. Every method throws CommandFailed for any answer but success. */
export class Client {
  readonly #url: string;
  readonly #token: () => string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;

  constructor(options: { url: string; token: () => string; timeoutMs: number; signal: AbortSignal }) {
    this.#url = options.url;
    this.#token = options.token;
    this.#timeoutMs = options.timeoutMs;
    this.#signal = options.signal;
  }

  /** The answer, whose body is still to be read. The time limit is only for its beginning. */
  async open(route: Route, { ids = {}, query = {}, body }: CallOptions = {}): Promise<Response> {
    const url = new URL(`${this.#url}${pathWith(route, ids)}`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const response = await this.#fetch(url, {
      method: route.method,
      headers: {
        ...(!route.isPublic && { authorization: `Bearer ${this.#token()}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const text = await this.bodyOf(response);
    if ((response.status === 404 || response.status === 405) && !(await this.offers(route)))
      throw new CommandFailed(
        'unsupported',
        'endpoint_missing',
        `The system at ${this.#url} does not offer ${route.method} ${route.path}. Upgrade it to the release of this program.`,
      );
    throw failureOf(this.#url, response, text);
  }

  /** The body of the answer as the system wrote it: JSON, or empty. */
  async text(route: Route, options?: CallOptions): Promise<string> {
    const response = await this.open(route, options);
    const text = await this.bodyOf(response);
    if (text !== '') parsed(text, this.#url);
    return text;
  }

  /** Whether the system has the operation, by its own description. If there is no description, it is another program. */
  async offers(route: Route): Promise<boolean> {
    const response = await this.#fetch(new URL(`${this.#url}/openapi.json`), {});
    const text = await this.bodyOf(response);
    if (!response.ok) throw notTheApi(this.#url);
    const { paths } = parsed<{ paths?: Record<string, Record<string, unknown>> }>(text, this.#url);
    if (paths === undefined) throw notTheApi(this.#url);
    return isDescribed(route, paths);
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#timeoutMs);
    try {
      return await fetch(url, {
        ...init,
        // A token must not follow a redirection to another host, and a POST would become a GET.
        redirect: 'manual',
        signal: AbortSignal.any([this.#signal, late.signal]),
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (late.signal.aborted)
        throw unreachable(this.#url, `did not answer within ${this.#timeoutMs / 1000} s`);
      throw unreachable(this.#url, `is not reachable (${codeOf(error)})`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The body of an answer from `open`. */
  async bodyOf(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      this.#signal.throwIfAborted();
      throw unreachable(this.#url, `broke off its answer (${codeOf(error)})`);
    }
  }
}

const parsed = <T>(text: string, url: string): T => {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw notTheApi(url);
  }
};

const notTheApi = (url: string): CommandFailed =>
  new CommandFailed(
    'failed',
    'not_the_api',
    `${url} does not answer like Mission Control Webhooks. Check --url.`,
  );

/** The system's code of the innermost cause: of several addresses that were tried, the first's. */
const codeOf = (error: unknown): string => {
  const { cause, code, errors, message } = error as NodeJS.ErrnoException & {
    cause?: unknown;
    errors?: unknown[];
  };
  if (cause) return codeOf(cause);
  if (errors?.[0]) return codeOf(errors[0]);
  return code ?? message;
};
