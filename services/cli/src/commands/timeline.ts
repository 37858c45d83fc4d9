import type { Context } from '../context.ts';
import { tableOf } from '../output/table.ts';

export interface TimelineEntry {
  readonly at: string;
  readonly what: string;
  readonly [member: string]: unknown;
}

/** These only repeat what the command line or other entries say. */
const left = new Set(['at', 'what', 'event_id', 'raw_path']);

const details = (entry: TimelineEntry): string =>
  Object.entries(entry)
    .filter(([name, value]) => !left.has(name) && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');

export const timelineTable = ({ stdout }: Context): ((entries: readonly TimelineEntry[]) => string) =>
  tableOf(
    [
      { head: 'AT', of: ({ at }) => at },
      { head: 'WHAT', of: ({ what }) => what },
      { head: 'DETAILS', of: details },
    ],
    stdout.isTTY ? stdout.columns : undefined,
  );
