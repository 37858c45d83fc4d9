import { askNats, askPostgres } from '@mission-control/embedded-servers';
import { openEventStore } from '@mission-control/event-store';
import { StartError } from '../start-error.ts';

/** @throws StartError that names the variable when the database does not let us in */
export const requireDatabase = async (variable: string, url: string): Promise<void> => {
  try {
    await askPostgres(url);
  } catch (error) {
    throw unreachable(variable, url, error);
  }
};

/** Creates what is missing in the event store, too. @throws StartError that names EVENTSTORE_URL when it cannot be used */
export const requireEventStore = async (url: string): Promise<void> => {
  try {
    const store = await openEventStore(url, { name: 'standalone' });
    await store.close();
  } catch (error) {
    throw unreachable('EVENTSTORE_URL', url, error);
  }
};

/** @throws StartError when none of the comma-separated servers lets us in */
export const requireNats = async (urls: string): Promise<void> => {
  try {
    await askNats(urls);
  } catch (error) {
    throw unreachable('NATS_URL', urls, error);
  }
};

/** Names hosts only: a URL may hold a password. */
const unreachable = (variable: string, urls: string, error: unknown): StartError => {
  const hosts = urls.split(',').map((url) => url.trim().replace(/^.*\/\/([^/?]*@)?|[/?].*$|^[^/]*@/g, ''));
  const { code, message } = error as NodeJS.ErrnoException;
  return new StartError(
    `${variable} names ${hosts.join(', ')}, which cannot be used: ${message || code}. ` +
      `Start that server, correct ${variable}, or unset it to run on an embedded one.`,
    { cause: error },
  );
};
