import { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreUnsupported } from '../errors.ts';

export interface Server {
  readonly client: EventStoreDBClient;
  /** Hosts and ports without credentials, for messages and the log. */
  readonly printableAddress: string;
}

/** The client does not know the schemes with the new product name. */
const schemes: Readonly<Record<string, string>> = {
  esdb: 'esdb',
  'esdb+discover': 'esdb+discover',
  kurrentdb: 'esdb',
  'kurrentdb+discover': 'esdb+discover',
};

const knownOptions = new Set(
  [
    'connectionName',
    'defaultDeadline',
    'discoveryInterval',
    'gossipTimeout',
    'keepAliveInterval',
    'keepAliveTimeout',
    'maxDiscoverAttempts',
    'nodePreference',
    'tls',
    'tlsCAFile',
    'tlsVerifyCert',
    'userCertFile',
    'userKeyFile',
  ].map((name) => name.toLowerCase()),
);

const form = /^([a-z][a-z0-9+.-]*):\/\/(?:[^@/?]*@)?([^@/?]+)\/*(?:\?(.*))?$/i;

/**
 * Passes credentials, TLS, seeds and options to the client unchanged. The client warns on the console about options that it
 * does not know or ignores, and quotes the whole address there, including the password. Therefore such options are rejected here.
 * @throws EventStoreUnsupported
 */
export const serverAt = (url: string, name: string): Server => {
  const [, given = '', printableAddress, query = ''] = form.exec(url.trim()) ?? [];
  const scheme = schemes[given.toLowerCase()];
  if (scheme === undefined || printableAddress === undefined) throw wrongAddress('it has the wrong form');
  const options = query === '' ? [] : query.split('&').map((option) => option.split('=')[0] ?? '');
  const unknown = options.find((option) => !knownOptions.has(flat(option)));
  if (unknown !== undefined) throw wrongAddress(`unknown option ${unknown}`);
  if (/tls-?_?verify-?_?cert=false/i.test(query)) {
    throw wrongAddress(
      'the client does not support tlsVerifyCert=false; name the certificate authority in tlsCAFile',
    );
  }
  const named = options.some((option) => flat(option) === 'connectionname');
  const extra = named ? '' : `${query === '' ? '?' : '&'}connectionName=${encodeURIComponent(name)}`;
  const rest = url
    .trim()
    .slice(given.length)
    .replace(/\/+(?=\?|$)/, '');
  try {
    return { client: EventStoreDBClient.connectionString(`${scheme}${rest}${extra}`), printableAddress };
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    throw wrongAddress(/:\/\/|@/.test(message) ? 'a part of it is malformed' : message);
  }
};

const flat = (option: string): string => option.toLowerCase().replace(/[_-]/g, '');

const wrongAddress = (why: string): EventStoreUnsupported =>
  new EventStoreUnsupported(
    `the event store address is invalid: ${why}; expected esdb://user:password@host:2113?tls=true, with user and password percent-encoded`,
  );
