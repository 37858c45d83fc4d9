import { CompiledQuery, type QueryExecutorProvider } from 'kysely';

const names = new Map<string, string>();

/** The name of a statement that was declared with this text. */
export const statementName = (text: string): string | undefined => names.get(text);

/**
 * Declares a statement with a fixed text. A database client that sends it under its name (see `statementName`) has it parsed and planned
 * once per connection. So that a plan stays valid when a newer release adds a column, the text names every column.
 *
 * @param name unique in the program
 */
export const statement = <Row = unknown>(
  name: string,
  text: string,
): ((db: QueryExecutorProvider, values: readonly unknown[]) => Promise<Row[]>) => {
  names.set(text, name);
  return async (db, values) => {
    const { rows } = await db.getExecutor().executeQuery<Row>(CompiledQuery.raw(text, [...values]));
    return rows;
  };
};
