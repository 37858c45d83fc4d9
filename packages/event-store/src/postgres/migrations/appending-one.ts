import { type Announcement, lockLog } from './locking.ts';

/** The append of one event by itself, in as few steps as possible. `s` is the quoted schema. */
export const appendingOne = (s: string, { create, one }: Announcement): string => `
-- Revision and position of the event; null when it is not plainly the next one (a conflict, a repeat, a tombstone, a new
-- kind): then nothing was stored, and append() tells.
${create} ${s}.append_one(
  of_stream text, expected bigint, id uuid, of_type text, data json, metadata json
) returns bigint[] language plpgsql as $$
#variable_conflict use_variable
declare
  stored bigint[];${one.variables}
begin
  ${lockLog(s)}
  insert into ${s}.events as e (position, revision, recorded_at, id, kind, size, stream, data, metadata)
  select coalesce((select p.position from ${s}.events p order by p.position desc limit 1), 0) + 1, head.revision + 1,
         clock_timestamp(), id, k.id, pg_column_size(data) + pg_column_size(metadata), of_stream, data, metadata
    from ${s}.kinds k
   cross join lateral (select coalesce((
     select h.revision from ${s}.events h where h.stream = of_stream order by h.revision desc limit 1), -1) as revision) head
   where k.category = left(of_stream, strpos(of_stream, '-')) and k.type = of_type and expected in (-2, head.revision)
     and not exists (select from ${s}.stream_settings r where r.stream = of_stream and r.tombstoned)
  returning ${one.returned};
  if stored is not null then
    ${one.statement}
  end if;
  return stored;
end $$;
`;
