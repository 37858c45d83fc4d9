import { join, relative } from 'node:path';
import type { StandaloneConfig } from './config.ts';
import type { Servers } from './servers/start.ts';
import { baseUrlOf, type Ports } from './services/environment.ts';

/** What a person who has just started the system needs to know. */
export const banner = (system: {
  config: StandaloneConfig;
  directory: string;
  servers: Servers;
  ports: Ports;
  /** Whether the data directory existed before. If so, there may already be a board. */
  returning: boolean;
}): string => {
  const { config, directory, servers, ports } = system;
  const local = `http://localhost:${ports.public}`;
  const tokenFile = join(directory, 'admin-token');
  const token = config.LOCAL_AUTH_TOKEN
    ? '<your LOCAL_AUTH_TOKEN>'
    : `$(cat ${shellWord(shortPath(tokenFile))})`;
  const boards = `curl -s ${local}/api/v1/boards -H "Authorization: Bearer ${token}"`;
  const first = system.returning
    ? boards
    : `${boards} -H 'content-type: application/json' -d '{"name":"Demo","slug":"demo"}'`;
  const rows: [string, string][] = [
    ['URL', baseUrlOf(config, ports)],
    ['API docs', `${local}/docs`],
    ['Admin token', config.LOCAL_AUTH_TOKEN ? 'LOCAL_AUTH_TOKEN' : shortPath(tokenFile)],
    [
      'Events',
      locationOf(
        servers.eventStoreUrl,
        config.EVENTSTORE_URL || config.DATABASE_URL,
        directory,
        'postgres',
        'eventstore',
      ),
    ],
    ['Read models', locationOf(servers.databaseUrl, config.DATABASE_URL, directory, 'postgres')],
    ['Messages', locationOf(servers.natsUrl, config.NATS_URL, directory, 'nats')],
    [
      'Management',
      Object.entries(ports.management)
        .map(([name, port]) => `${name} ${port}`)
        .join(', '),
    ],
    [system.returning ? 'List boards' : 'Create a board', first],
    ['Stop', 'Ctrl-C'],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return `\nMission Control Webhooks is ready.\n\n${rows
    .map(([label, value]) => `  ${label.padEnd(width)}  ${value}`)
    .join('\n')}\n\n`;
};

/** The location of the data, without credentials. */
const locationOf = (
  urls: string,
  given: string | undefined,
  directory: string,
  folder: string,
  schema?: string,
): string => {
  const hosts = urls.split(',').map((url) => {
    const { protocol, host, pathname } = new URL(url.trim());
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  });
  const inSchema = schema && urls.startsWith('postgres') ? `, schema ${schema}` : '';
  const where = given ? '' : ` (data in ${shortPath(join(directory, folder))})`;
  return `${hosts.join(', ')}${inSchema}${where}`;
};

/** The path as a user would type it here. */
const shortPath = (path: string): string => {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
};

const shellWord = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
