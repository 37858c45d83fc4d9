import { type Command, InvalidArgumentError, Option } from 'commander';
import { isId } from '../input/ids.ts';
import { timeOption } from '../input/times.ts';
import type { Column } from '../output/table.ts';

/** An event without what it says. */
export interface AuditEvent {
  readonly id: string;
  /** `<incarnation>:<number>` */
  readonly position: string;
  readonly stream: string;
  readonly type: string;
  readonly recorded_at: string;
  readonly actor: { readonly kind: string; readonly id: string | null };
}

export const eventColumns: readonly Column<AuditEvent>[] = [
  { head: 'EVENT', of: ({ id }) => id },
  { head: 'RECORDED', of: ({ recorded_at }) => recorded_at },
  { head: 'ACTOR', of: ({ actor }) => (actor.id === null ? actor.kind : `${actor.kind}:${actor.id}`) },
  { head: 'TYPE', of: ({ type }) => type },
  { head: 'STREAM', of: ({ stream }) => stream },
];

export interface EventOptions {
  readonly stream?: string;
  readonly type?: string;
  readonly actor?: string;
  readonly correlation?: string;
  readonly resource?: string;
  readonly since?: string;
}

/** What events can be about. */
export const resourceKinds = ['payload', 'webhook', 'agent', 'board', 'gateway'] as const;

const resourceFrom = (text: string): string => {
  const [kind = '', id = '', ...more] = text.split(':');
  if ((resourceKinds as readonly string[]).includes(kind) && isId(id) && more.length === 0) return text;
  throw new InvalidArgumentError(`It must be one of ${resourceKinds.join(', ')}, and its id: webhook:<id>.`);
};

/** Options that select events. */
export const selectingEvents = (command: Command): Command =>
  command
    .option('--type <type>', 'only of this type, for example WebhookUpdated')
    .option(
      '--actor <actor>',
      'only what these did: admin, agent, sender, service, or one by name (admin:root)',
    )
    .addOption(
      new Option(
        '--resource <kind:id>',
        'only about this: payload, webhook, agent, board or gateway',
      ).argParser(resourceFrom),
    )
    .option('--stream <stream>', 'only of this stream, for example webhook-<webhook-id>')
    .option('--correlation <id>', 'only what follows from the request with this X-Request-Id');

export const sinceOption = (description: string): Option =>
  new Option('--since <time>', description).argParser(timeOption);

export const eventQueryOf = ({ stream, type, actor, correlation, resource }: EventOptions) => ({
  stream,
  type,
  actor,
  correlation_id: correlation,
  resource,
});
