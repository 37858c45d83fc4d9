import { CommandFailed } from '../command-failed.ts';
import type { mcwExitCodes } from '../exit-codes.ts';
import { percentOf } from '../output/texts.ts';

export const unreachable = (url: string, what: string): CommandFailed =>
  new CommandFailed(
    'away',
    'not_reachable',
    `${url} ${what}. Is the system running? --url or MCW_URL names another.`,
  );

const exits: Readonly<Record<number, keyof typeof mcwExitCodes>> = {
  400: 'usage',
  401: 'denied',
  403: 'denied',
  404: 'notFound',
  410: 'notFound',
  422: 'usage',
  429: 'away',
  502: 'away',
  503: 'away',
  504: 'away',
};

/** What an answer other than success means. */
export const failureOf = (url: string, response: Response, text: string): CommandFailed => {
  const exit = exits[response.status] ?? 'failed';
  if (response.status >= 300 && response.status < 400)
    return new CommandFailed(
      'failed',
      'redirected',
      `${url} redirects to ${response.headers.get('location') ?? 'another address'}. Use that address.`,
    );
  const error = errorIn(text);
  if (error === null)
    return new CommandFailed(exit, `http_${response.status}`, `${url} answered ${response.status}.`);
  return new CommandFailed(exit, error.code, sentenceOf(response, error));
};

interface ApiError {
  readonly code: string;
  readonly detail: string;
  readonly request_id?: string;
  /** With rebuild_running: the one that is running. */
  readonly rebuild?: { readonly progress: number };
}

const errorIn = (text: string): ApiError | null => {
  try {
    const error = JSON.parse(text) as Partial<ApiError> | null;
    return typeof error?.code === 'string' && typeof error.detail === 'string' ? (error as ApiError) : null;
  } catch {
    return null;
  }
};

const sentenceOf = (response: Response, { detail, request_id, rebuild }: ApiError): string => {
  const wait = response.headers.get('retry-after');
  return [
    // How long to wait says more.
    wait ? detail.replace(/ Try again( soon)?\.$/, '') : detail,
    ...(rebuild ? [`It is at ${percentOf(rebuild.progress)}.`] : []),
    ...(wait ? [`Try again in ${wait} s.`] : []),
    ...(response.status === 401 ? ['The token is not one of this system.'] : []),
    ...(response.status >= 500 && request_id ? [`The log of the system has more under ${request_id}.`] : []),
  ].join(' ');
};
