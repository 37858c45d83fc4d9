import { askNats, askPostgres } from '@mission-control/embedded-servers';
import { openEventStore } from '@mission-control/event-store';
import { StartError } from '../start-error.ts';

/** @throws StartError that names the variable if the database rejects the connection */
export const requireDatabase = async (variable: string, url: string): Promise<void> => {
  try {
    await askPostgres(url);
  } catch (error) {
    throw unreachable(variable, url, error);
  }
};

/** Also creates what is missing in the event store. @throws StartError that names EVENTSTORE_URL if the store cannot be used */
export const requireEventStore = async (url: string): Promise<void> => {
  try {
    const store = await openEventStore(url, { name: 'standalone' });
    await store.close();
  } catch (error) {
    throw unreachable('EVENTSTORE_URL', url, error);
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
