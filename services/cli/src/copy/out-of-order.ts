import { Refusal } from '../refusal.ts';

/** Somebody else wrote to the target, or it failed in such a way that later events were stored and earlier ones were not. */
export const outOfOrder = (stream: string): Refusal =>
  new Refusal(
    'target_out_of_order',
    `the target does not hold what this copy has written (see ${stream}): remove it and copy into an empty one`,
  );
