import { askNats, askPostgres } from '@mission-control/embedded-servers';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { claimLog, requireNoUnfinishedCopy } from '@mission-control/installation';
import { isOperatorsError } from '@mission-control/runtime';
import { StartError } from '../start-error.ts';

/** @throws StartError that names the variable if the database rejects the connection */
export const requireDatabase = async (variable: string, url: string): Promise<void> => {
  try {
    await askPostgres(url);
  } catch (error) {
    throw unreachable(variable, url, error);
  }
};

/**
 * Creates what is missing in the event store, and claims the part with that prefix for the installation.
 *
 * @param variable that names it
 * @throws StartError that names the variable if the store cannot be used, or that says why this installation must not use it
 */
export const claimEventStore = async (
  variable: string,
  url: string,
  installation: { readonly prefix: string; readonly id: string },
): Promise<void> => {
  let store: EventStore | undefined;
  try {
    store = await openEventStore(url, { name: 'standalone', prefix: installation.prefix });
    await requireNoUnfinishedCopy(store);
    await claimLog(store, installation.id, 'standalone');
  } catch (error) {
    if (isOperatorsError(error)) throw new StartError(error.message, { cause: error });
    throw unreachable(variable, url, error);
  } finally {
    await store?.close();
  }
};

/** @throws StartError if none of the comma-separated servers accepts the login */
export const requireNats = async (urls: string): Promise<void> => {
  try {
    await askNats(urls);
  } catch (error) {
    throw unreachable('NATS_URL', urls, error);
  }
};

/** Names only hosts, because a URL may contain a password. */
const unreachable = (variable: string, urls: string, error: unknown): StartError => {
  const hosts = urls.split(',').map((url) => url.trim().replace(/^.*\/\/([^/?]*@)?|[/?].*$|^[^/]*@/g, ''));
  const { code, message } = error as NodeJS.ErrnoException;
  return new StartError(
    `${variable} names ${hosts.join(', ')}, which cannot be used: ${message || code}. ` +
      `Start that server, correct ${variable}, or unset it to run on an embedded one.`,
    { cause: error },
  );
};
