/**
 * Steps within plpgsql functions. Both calls stand in a condition that never holds: plpgsql evaluates one by itself, while
 * `perform` starts the executor for it, which an append of one event would notice.
 */

/** Serialises appends and tombstones of one log; held to the end of the transaction. The number is any that others do not use. */
export const lockLog = (s: string): string =>
  `if pg_advisory_xact_lock(1835229047, '${s}.events'::regclass::oid::integer) is null then raise 'no lock'; end if;`;

/** Tells listeners, once the transaction is committed, that there is something to read. */
export const notify = (channel: string): string =>
  `if pg_notify('${channel}', '') is null then raise 'no notification'; end if;`;
