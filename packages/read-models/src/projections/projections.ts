import { auditProjection } from './audit/audit.ts';
import { configurationProjection } from './configuration/configuration.ts';
import { memoryProjection } from './memory/memory.ts';
import { payloadsProjection } from './payloads/payloads.ts';
import { rejectionsProjection } from './rejections/rejections.ts';
import { replaysProjection } from './replays/replays.ts';

/** All projections. They are independent: none reads the tables of another. */
export const projections = [
  configurationProjection,
  payloadsProjection,
  memoryProjection,
  rejectionsProjection,
  replaysProjection,
  auditProjection,
] as const;

export type ProjectionName = (typeof projections)[number]['name'];
