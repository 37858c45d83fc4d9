/**
 * Steps within plpgsql functions. Both calls are in an `if` whose condition is never true. plpgsql evaluates such a condition
 * directly; `perform` would start the executor, which is measurable for an append of one event.
 */

/** Serialises appends and tombstones of one log; held until the end of the transaction. The number is arbitrary. */
export const lockLog = (s: string): string =>
  `if pg_advisory_xact_lock(1835229047, '${s}.events'::regclass::oid::integer) is null then raise 'no lock'; end if;`;

/** Tells listeners, once the transaction is committed, that there is something to read. */
export const notify = (channel: string): string =>
  `if pg_notify('${channel}', '') is null then raise 'no notification'; end if;`;
