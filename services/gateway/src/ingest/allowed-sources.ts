import type { ActiveWebhook } from '@mission-control/domain';
import { AddressBlocks } from '@mission-control/runtime';
import { rejectionErrors } from './rejection-errors.ts';
import type { KnownWebhook } from './webhooks.ts';

/** Created once per list and configuration. */
const blocksOf = new WeakMap<readonly string[], AddressBlocks>();

/** @param address canonical */
export const isAllowedSource = ({ allowedIps }: ActiveWebhook, address: string): boolean => {
  if (allowedIps.length === 0) return true;
  let blocks = blocksOf.get(allowedIps);
  if (!blocks) {
    blocks = new AddressBlocks(allowedIps);
    blocksOf.set(allowedIps, blocks);
  }
  return blocks.has(address);
};

/**
 * Rejects by source before the body is read, but only after the configuration was read again.
 *
 * @throws ApiError 403, 404 or 503
 */
export const checkSource = async (
  { webhook }: KnownWebhook,
  refresh: () => Promise<KnownWebhook>,
  address: string,
): Promise<void> => {
  if (isAllowedSource(webhook, address)) return;
  const current = await refresh();
  if (!isAllowedSource(current.webhook, address)) throw rejectionErrors.sourceNotAllowed();
};
