import type { WebhookPayloadReceived } from '../../events/payload.ts';
import { openBody } from '../body-envelope.ts';
import { inflateContentSync } from './content-encoding.ts';
import { type Decoded, decode } from './decode.ts';

/** A body without its content encoding. It is decoded once, when its first reader asks. */
export class Content {
  readonly bytes: Buffer;
  readonly #contentType: string | null;
  #decoded: Decoded | undefined;

  constructor(bytes: Buffer, contentType: string | null) {
    this.bytes = bytes;
    this.#contentType = contentType;
  }

  get decoded(): Decoded {
    this.#decoded ??= decode(this.bytes, this.#contentType);
    return this.#decoded;
  }
}

/** What of a payload's event makes its content. */
export type ContentSource = Pick<WebhookPayloadReceived, 'body' | 'contentType' | 'inflated'>;

/** The content of a stored body. The event says how large it is, and no more is inflated. Never throws. */
export const contentOf = ({ body, contentType, inflated }: ContentSource): Content => {
  const bytes = openBody(body);
  if (!inflated) return new Content(bytes, contentType);
  try {
    return new Content(inflateContentSync(bytes, inflated.encoding, inflated.size), contentType);
  } catch {
    // The gateway inflated these bytes before it stored them; should they not inflate now, they are shown as they arrived.
    return new Content(bytes, null);
  }
};
