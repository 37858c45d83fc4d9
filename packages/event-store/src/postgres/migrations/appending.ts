import { type Announcement, lockLog } from './locking.ts';

/** The append of a batch in one round trip. `s` is the quoted schema. */
export const appending = (s: string, { create, batch }: Announcement): string => `
-- One row an append, in their order: appended with its last revision and position, conflict with the stream's last
-- revision (-1: none), or deleted.
--   streams, expected, counts, previous: one element an append. expected is -2 for any, -1 for no stream, else a revision;
--   counts is its number of events; previous is the append before it in this batch on the same stream, or 0.
--   append_of, ids, types, data, metadata: one element an event.
${create} ${s}.append(
  streams text[], expected bigint[], counts integer[], previous integer[],
  append_of integer[], ids uuid[], types text[], data json[], metadata json[]
) returns table (outcome text, last_revision bigint, last_position bigint) language plpgsql as $$
declare
  appends constant integer := cardinality(streams);
  recorded timestamptz;
  tail bigint;
  kinds integer[];
  heads bigint[];
  tombstoned boolean[];
  outcomes text[] := array_fill(null::text, array[appends]);
  positions bigint[] := array_fill(null::bigint, array[appends]);
  -- What to add to an event's number in the batch for its position and revision; null where nothing is stored.
  to_position bigint[] := array_fill(null::bigint, array[appends]);
  to_revision bigint[] := array_fill(null::bigint, array[appends]);
  head bigint;
  may_repeat boolean;
  stored integer := 0;
  events_before integer := 0;
  repeated bigint;
begin
  -- A statement of its own: the following ones see everything that was committed before the lock was had.
  ${lockLog(s)}
  recorded := clock_timestamp();
  tail := coalesce((select e.position from ${s}.events e order by e.position desc limit 1), 0);

  select array_agg(case when a.previous = 0 then coalesce(
           (select e.revision from ${s}.events e where e.stream = a.stream order by e.revision desc limit 1), -1) end order by a.n),
         array_agg(coalesce((select r.tombstoned from ${s}.stream_settings r where r.stream = a.stream), false) order by a.n)
    into heads, tombstoned
    from unnest(streams, previous) with ordinality a (stream, previous, n);

  for attempt in 1 .. 2 loop
    kinds := array(
      select (select k.id from ${s}.kinds k
               where k.category = left(streams[e.append], strpos(streams[e.append], '-')) and k.type = e.type)
        from unnest(append_of, types) with ordinality e (append, type, n) order by e.n);
    exit when array_position(kinds, null) is null;
    insert into ${s}.kinds (category, type)
      select distinct left(streams[e.append], strpos(streams[e.append], '-')), e.type
        from unnest(append_of, types) e (append, type)
      on conflict do nothing;
  end loop;

  for i in 1 .. appends + 1 loop
    if i <= appends then
      if previous[i] > 0 then heads[i] := heads[previous[i]]; end if;
      head := heads[i];
      may_repeat := expected[i] >= -1 and head >= expected[i] + counts[i] and not tombstoned[i];
    end if;
    -- Stored all at once, or as far as a possible repeat has to see.
    if i > appends or may_repeat then
      insert into ${s}.events (position, revision, recorded_at, id, kind, size, stream, data, metadata)
      select to_position[e.append] + e.n, to_revision[e.append] + e.n, recorded, e.id, e.kind,
             pg_column_size(e.data) + pg_column_size(e.metadata), streams[e.append], e.data, e.metadata
        from unnest(append_of, ids, kinds, data, metadata) with ordinality e (append, id, kind, data, metadata, n)
       where e.append > stored and to_position[e.append] is not null;
      stored := i - 1;
    end if;
    exit when i > appends;

    if tombstoned[i] then
      outcomes[i] := 'deleted';
    elsif expected[i] in (-2, head) then
      outcomes[i] := 'appended';
      to_position[i] := tail - events_before;
      to_revision[i] := head - events_before;
      tail := tail + counts[i];
      heads[i] := head + counts[i];
      positions[i] := tail;
    else
      repeated := null;
      if may_repeat then
        select max(e.position) into repeated from ${s}.events e
         where e.stream = streams[i] and e.revision > expected[i] and e.revision <= expected[i] + counts[i]
        having array_agg(e.id order by e.revision) = ids[events_before + 1 : events_before + counts[i]];
      end if;
      outcomes[i] := case when repeated is null then 'conflict' else 'repeated' end;
      positions[i] := repeated;
    end if;
    events_before := events_before + counts[i];
  end loop;

  if array_position(outcomes, 'appended') is not null then
    ${batch}
  end if;
  return query
    select o.outcome, case when o.outcome = 'repeated' then expected[o.n] + counts[o.n] else heads[o.n] end, positions[o.n]
      from unnest(outcomes) with ordinality o (outcome, n) order by o.n;
end $$;
`;
