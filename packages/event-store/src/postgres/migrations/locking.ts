/**
 * Steps within plpgsql functions. Both calls are in an `if` whose condition is never true. plpgsql evaluates such a condition
 * directly; `perform` would start the executor, which is measurable for an append of one event.
 */

/** Serialises appends and tombstones of one log; held until the end of the transaction. The number is arbitrary. */
export const lockLog = (s: string): string =>
  `if pg_advisory_xact_lock(1835229047, '${s}.events'::regclass::oid::integer) is null then raise 'no lock'; end if;`;

/** How the functions that append tell listeners, once the transaction is committed, that there is something to read. */
export interface Announcement {
  readonly create: 'create function' | 'create or replace function';
  readonly one: { readonly variables: string; readonly returned: string; readonly statement: string };
  readonly batch: string;
}

const notify = (channel: string, payload: string): string =>
  `if pg_notify('${channel}', ${payload}) is null then raise 'no notification'; end if;`;

/** Says only that something was appended. */
export const bareAnnouncement = (channel: string): Announcement => ({
  create: 'create function',
  one: {
    variables: '',
    returned: 'array[e.revision, e.position] into stored',
    statement: notify(channel, "''"),
  },
  batch: notify(channel, "''"),
});

/**
 * Says which events were appended: the first and the last position, the id of the last event, and the numbers of the kinds with a point
 * between them, or nothing in their place when they are many. A notification has at most 8,000 bytes.
 */
export const announcement = (channel: string): Announcement => ({
  create: 'create or replace function',
  one: {
    variables: '\n  of_kind integer;',
    returned: 'array[e.revision, e.position], e.kind into stored, of_kind',
    statement: notify(channel, "stored[2] || ',' || stored[2] || ',' || id || ',' || of_kind"),
  },
  batch: notify(
    channel,
    `(
      select min(to_position[e.append] + e.n) || ',' || tail || ',' || (array_agg(e.id order by e.n desc))[1] || ',' ||
             case when count(distinct e.kind) > 100 then '' else string_agg(distinct e.kind::text, '.') end
        from unnest(append_of, ids, kinds) with ordinality e (append, id, kind, n)
       where to_position[e.append] is not null)`,
  ),
});
