import { projections } from '@mission-control/read-models';
import { z } from 'zod';

const names: readonly string[] = projections.map((projection) => projection.name);

/** The projections that this process runs: names, comma-separated; default: all. */
export const PROJECTIONS = {
  schema: z
    .string()
    .default(names.join(','))
    .transform((value) => value.split(',').map((name) => name.trim()))
    .refine((chosen) => chosen.every((name) => names.includes(name)), {
      error: `must be a comma-separated list of ${names.join(', ')}`,
    })
    .transform((chosen) => projections.filter((projection) => chosen.includes(projection.name))),
  example: 'payloads,memory',
};
