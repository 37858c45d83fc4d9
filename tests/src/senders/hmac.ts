import { createHmac } from 'node:crypto';
import type { Delivery } from './post.ts';

/** A delivery as a user's own script signs it. */
export const hmacDelivery = (url: string, secret: string, contentType: string, body: string): Delivery => ({
  url,
  body,
  headers: {
    'content-type': contentType,
    'x-webhook-signature': createHmac('sha256', secret).update(body).digest('hex'),
  },
});
