import { randomUUID } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';
import type { Delivery } from './post.ts';

/** A delivery as GitHub sends it, signed by GitHub's own library. */
export const githubDelivery = async (
  url: string,
  secret: string,
  event: string,
  payload: unknown,
  deliveryId: string = randomUUID(),
): Promise<Delivery> => {
  const body = JSON.stringify(payload);
  return {
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/a1b2c3d',
      'x-github-delivery': deliveryId,
      'x-github-event': event,
      'x-hub-signature-256': await sign(secret, body),
    },
  };
};
