import pg from 'pg';

/** Returns the settings that make a commit durable. @throws if one of them is off */
export const requireDurability = async (url: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ value: string }>(
      `select name || '=' || setting as value from pg_settings
        where name in ('fsync', 'full_page_writes', 'synchronous_commit') order by name`,
    );
    const values = rows.map(({ value }) => value);
    if (values.some((value) => !value.endsWith('=on'))) throw new Error(`Not durable: ${values.join(' ')}`);
    return values.join(' ');
  } finally {
    await client.end();
  }
};
