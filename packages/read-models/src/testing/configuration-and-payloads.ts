import { configurationProjection } from '../projections/configuration/configuration.ts';
import { payloadsProjection } from '../projections/payloads/payloads.ts';

/** Both projections in one database, for queries that read the tables of both. */
export const configurationAndPayloads = {
  ...configurationProjection,
  name: 'both' as const,
  filter: {},
  tables: [...configurationProjection.tables, ...payloadsProjection.tables],
  apply: async (...args: Parameters<typeof payloadsProjection.apply>) => {
    await configurationProjection.apply(...args);
    await payloadsProjection.apply(...args);
  },
};
