/** The log and what belongs to it. `s` is the quoted schema. */
export const tables = (s: string): string => `
create table ${s}.incarnation (
  id uuid not null default gen_random_uuid(),
  only_one boolean primary key default true check (only_one)
);
insert into ${s}.incarnation default values;

-- Each pair of stream category and event type that the log knows: one small number an event, and one index for every filter.
create table ${s}.kinds (
  id integer generated always as identity primary key,
  category text collate "C" not null,
  type text collate "C" not null,
  unique (category, type)
);

-- Rows are never removed: a hidden event loses data and metadata, and keeps its place.
create table ${s}.events (
  position bigint primary key,
  revision bigint not null,
  recorded_at timestamptz not null,
  id uuid not null,
  kind integer not null,
  size integer not null,
  stream text collate "C" not null,
  data json,
  metadata json,
  unique (stream, revision)
) with (
  autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.05,
  toast.autovacuum_vacuum_scale_factor = 0.01
);
create index events_kind_position on ${s}.events (kind, position);

do $$ begin
  alter table ${s}.events alter column data set compression lz4, alter column metadata set compression lz4;
exception when feature_not_supported then
  null; -- a server built without lz4 keeps its default
end $$;

-- Only streams with metadata or a tombstone have a row here.
create table ${s}.stream_settings (
  stream text collate "C" primary key,
  max_count bigint,
  max_age_seconds double precision,
  truncate_before bigint not null default 0,
  tombstoned boolean not null default false,
  erased_before bigint not null default 0,
  finished boolean not null default false
);
`;
