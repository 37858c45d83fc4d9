/** What readers see. `s` is the quoted schema. */
export const reading = (s: string): string => `
-- Every event with its type and whether it may be shown; readers take the columns of shown ones only.
create view ${s}.entries as
select e.position, e.stream, e.revision, e.id, k.type, e.kind, e.recorded_at, e.size, e.data, e.metadata,
  case
    when e.data is null then false
    when r.stream is null then true
    when r.tombstoned or e.revision < r.truncate_before then false
    when e.recorded_at <= now() - make_interval(secs => r.max_age_seconds) then false
    when r.max_count is null then true
    else e.revision > (
      select h.revision from ${s}.events h where h.stream = e.stream order by h.revision desc limit 1) - r.max_count
  end as visible
from ${s}.events e
join ${s}.kinds k on k.id = e.kind
left join ${s}.stream_settings r on r.stream = e.stream;

-- The revision below which nothing of a stream is shown, age left aside: where its readers begin.
create function ${s}.first_kept(of_stream text) returns bigint language sql stable as $$
  select coalesce((
    select case when r.tombstoned then 9223372036854775807 else greatest(r.truncate_before, r.erased_before,
      case when r.max_count is not null then (
        select h.revision from ${s}.events h where h.stream = of_stream order by h.revision desc limit 1) - r.max_count + 1
      end) end
    from ${s}.stream_settings r where r.stream = of_stream), 0)
$$;

-- The kinds that can pass a filter. A prefix may end within the category or behind it.
create function ${s}.kinds_of(types text[], prefixes text[]) returns setof integer language sql stable as $$
  select k.id from ${s}.kinds k
  where (types is null or k.type = any (types))
    and (prefixes is null or exists (
      select from unnest(prefixes) prefix
      where starts_with(k.category, prefix) or starts_with(prefix, k.category)))
$$;
`;
