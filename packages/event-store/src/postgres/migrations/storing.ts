/**
 * A server without lz4 tries to compress each row of more than 2 KB with pglz, which costs up to half of an append, and in vain if the content
 * is encrypted. There, rows of up to 4,080 bytes (half a page) are stored as they are. Larger rows are compressed as before.
 * `s` is the quoted schema.
 */
export const storing = (s: string): string => `
do $$ begin
  if (select a.attcompression <> 'l' from pg_attribute a where a.attrelid = '${s}.events'::regclass and a.attname = 'data') then
    alter table ${s}.events set (toast_tuple_target = 4080);
  end if;
end $$;
`;
