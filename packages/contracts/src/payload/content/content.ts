import type { WebhookPayloadReceived } from '../../events/payload.ts';
import { openBody } from '../body-envelope.ts';
import { inflateContentSync } from './content-encoding.ts';
import { type Decoded, decode } from './decode.ts';

/** A body without its content encoding. It is decoded once, on first access. */
export class Content {
  readonly #body: Buffer | string;
  readonly #contentType: string | null;
  #bytes: Buffer | undefined;
  #decoded: Decoded | undefined;

  /** @param body the bytes, or the text whose UTF-8 they are */
  constructor(body: Buffer | string, contentType: string | null) {
    this.#body = body;
    this.#contentType = contentType;
  }

  get bytes(): Buffer {
    this.#bytes ??= typeof this.#body === 'string' ? Buffer.from(this.#body) : this.#body;
    return this.#bytes;
  }

  get decoded(): Decoded {
    this.#decoded ??= decode(this.#body, this.#contentType);
    return this.#decoded;
  }
}

/** The fields of a payload's event from which its content is made. */
export type ContentSource = Pick<WebhookPayloadReceived, 'body' | 'contentType' | 'inflated'>;

/**
 * The content of a stored body. The event contains its size, and no more than that is inflated. Never throws.
 *
 * The last one is remembered, because readers of an event ask for its content one after the other: it is inflated and decoded once.
 */
export const contentOf = (of: ContentSource): Content => {
  const { body, contentType, inflated } = of;
  if (last?.of.body === body && last.of.contentType === contentType && last.of.inflated === inflated)
    return last.content;
  const content = makeContent(of);
  last = { of: { body, contentType, ...(inflated && { inflated }) }, content };
  return content;
};

let last: { readonly of: ContentSource; readonly content: Content } | undefined;

const makeContent = ({ body, contentType, inflated }: ContentSource): Content => {
  // Nearly every body is stored as text: bytes of it would only be made to be decoded again.
  const isText = body.enc === null && body.encoding === 'utf8' && !inflated && body.data.isWellFormed();
  if (isText) return new Content(body.data, contentType);
  const bytes = openBody(body);
  if (!inflated) return new Content(bytes, contentType);
  try {
    return new Content(inflateContentSync(bytes, inflated.encoding, inflated.size), contentType);
  } catch {
    // The gateway inflated these bytes before it stored them. If they cannot be inflated now, they are shown as received.
    return new Content(bytes, null);
  }
};
