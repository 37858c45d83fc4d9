import { lockLog } from './locking.ts';

/** Metadata, tombstones and erasure. `s` is the quoted schema. */
export const hiding = (s: string): string => `
create function ${s}.set_stream_metadata(
  of_stream text, new_max_count bigint, new_max_age_seconds double precision, new_truncate_before bigint
) returns void language sql as $$
  insert into ${s}.stream_settings as r (stream, max_count, max_age_seconds, truncate_before)
  values (of_stream, new_max_count, new_max_age_seconds, coalesce(new_truncate_before, 0))
  on conflict (stream) do update set max_count = excluded.max_count, max_age_seconds = excluded.max_age_seconds,
    truncate_before = excluded.truncate_before
$$;

-- Under the lock of the appends: whatever is appended later finds the tombstone.
create function ${s}.tombstone(of_stream text) returns void language plpgsql as $$
begin
  ${lockLog(s)}
  insert into ${s}.stream_settings as r (stream, tombstoned) values (of_stream, true)
  on conflict (stream) do update set tombstoned = true where not r.tombstoned;
end $$;

-- The revision below which content may be erased; age counts here.
create function ${s}.erasable_before(of_stream text) returns bigint language sql stable as $$
  select greatest(
    least(${s}.first_kept(of_stream), head.revision + 1),
    case when r.max_age_seconds is not null then coalesce((
      select e.revision from ${s}.events e
       where e.stream = of_stream and e.revision >= r.erased_before
         and e.recorded_at > now() - make_interval(secs => r.max_age_seconds)
       order by e.revision limit 1), head.revision + 1) end)
  from ${s}.stream_settings r
  join lateral (select h.revision from ${s}.events h where h.stream = of_stream order by h.revision desc limit 1) head on true
  where r.stream = of_stream
$$;

-- Erases the content of up to so many hidden events of a stream. True when more is left.
create function ${s}.erase(of_stream text, at_most integer) returns boolean language plpgsql as $$
declare
  settings ${s}.stream_settings;
  target bigint;
  upto bigint;
begin
  select * into settings from ${s}.stream_settings r where r.stream = of_stream and not r.finished for update;
  target := ${s}.erasable_before(of_stream);
  if settings.stream is null or target is null then
    return false;
  end if;
  upto := least(target, settings.erased_before + at_most);
  if upto > settings.erased_before then
    update ${s}.events e set data = null, metadata = null, size = 0
     where e.stream = of_stream and e.revision >= settings.erased_before and e.revision < upto and e.data is not null;
  end if;
  update ${s}.stream_settings r
     set erased_before = greatest(upto, r.erased_before), finished = r.tombstoned and upto = target
   where r.stream = of_stream
     and (upto > r.erased_before or (r.tombstoned and upto = target));
  return upto < target;
end $$;

-- Streams with content to erase, in order of their names.
create function ${s}.to_erase(after text, at_most integer) returns setof text language sql stable as $$
  select r.stream from ${s}.stream_settings r
   where not r.finished and r.stream > after and ${s}.erasable_before(r.stream) > r.erased_before
   order by r.stream limit at_most
$$;
`;
