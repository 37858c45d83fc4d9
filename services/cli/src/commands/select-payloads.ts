import { Argument, type Command, Option } from 'commander';
import { idFrom } from '../input/ids.ts';
import { timeOption } from '../input/times.ts';

export interface SetOptions {
  readonly since?: string;
  readonly until?: string;
  readonly status?: string;
  readonly eventType?: string;
  readonly search?: string;
}

/** The statuses of a payload, as in the description of the API. */
const payloadStatuses = [
  'received',
  'stored',
  'delivering',
  'sent',
  'interrupted',
  'told',
  'handled',
  'run_failed',
  'outcome_unknown',
  'parked',
  'failed',
  'filtered',
] as const;

/** Options that select payloads. */
export const selecting = (command: Command): Command =>
  command
    .addOption(
      new Option('--since <time>', 'received then or later: ISO-8601, or how long ago (2h)').argParser(
        timeOption,
      ),
    )
    .addOption(new Option('--until <time>', 'received before').argParser(timeOption))
    .addOption(new Option('--status <status>', 'only with this status').choices(payloadStatuses))
    .option('--event-type <type>', 'only with this event type: push, or pull_request.* for all that begin so')
    .option('--search <text>', 'only payloads that contain the text');

export const queryOf = ({ since, until, status, eventType, search }: SetOptions) => ({
  since,
  until,
  status,
  event_type: eventType,
  q: search,
});

export const payloadArgument = () => new Argument('<payload>', 'id of the payload').argParser(idFrom);
