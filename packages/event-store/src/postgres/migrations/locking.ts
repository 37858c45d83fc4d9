/**
 * Steps within plpgsql functions. Both calls are in a condition that is never true: plpgsql evaluates a condition by itself,
 * while `perform` starts the executor, which would noticeably slow down the append of one event.
 */

/** Serialises appends and tombstones of one log until the end of the transaction. The number is one that others do not use. */
export const lockLog = (s: string): string =>
  `if pg_advisory_xact_lock(1835229047, '${s}.events'::regclass::oid::integer) is null then raise 'no lock'; end if;`;

/** Tells listeners, after the transaction has committed, that there is something to read. */
export const notify = (channel: string): string =>
  `if pg_notify('${channel}', '') is null then raise 'no notification'; end if;`;
