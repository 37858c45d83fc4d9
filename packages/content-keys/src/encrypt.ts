import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { type EncryptedBody, utf8Text, type WebhookPayloadReceived } from '@mission-control/contracts';
import type { Place } from './place.ts';

/** What is encrypted of an arrival beside its body. */
type Envelope = Pick<WebhookPayloadReceived, 'sourceIp' | 'contentType' | 'headers'> & {
  readonly deliveryName: string | null;
};

/** Everything of an arrival that comes from outside and is not an id, a size, a digest or a time. */
export interface PlainContent extends Envelope {
  readonly body: Uint8Array;
}

/** What the content belongs to. It cannot be decrypted for another event or webhook. */
export interface Belonging {
  readonly webhookId: string;
  readonly eventId: string;
}

const tagBytes = 16;
const lengthBytes = 4;

/**
 * Each key encrypts one arrival, so the nonce need not be random. It is made from the event's id, so that even two arrivals at one place
 * would not share it.
 */
const nonceOf = (eventId: string): Buffer => Buffer.from(eventId.replaceAll('-', '').slice(8), 'hex');

/** Without the installation's prefix, which differs between copies of a log. */
const boundTo = ({ webhookId, eventId }: Belonging): Buffer =>
  Buffer.from(`WebhookPayloadReceived\0payloads-${webhookId}\0${eventId}`);

/**
 * The leaf as a key object. Node finds out that bytes are no key object by two exceptions, whose stack traces cost a gateway twice what the
 * encryption does.
 */
const keyOf = (leaf: Buffer) => createSecretKey(leaf);

/**
 * Encrypts content by AES-256-GCM. The plaintext is the length of the envelope (4 bytes, big-endian), the envelope as JSON, and the body's
 * bytes.
 *
 * @param leaf the key at `place`, 32 bytes
 */
export const encrypt = (
  { key, place, leaf }: { key: string; place: Place; leaf: Buffer },
  belonging: Belonging,
  { body, sourceIp, contentType, headers, deliveryName }: PlainContent,
): EncryptedBody => {
  const envelope = JSON.stringify({ sourceIp, contentType, headers, deliveryName });
  const envelopeBytes = Buffer.byteLength(envelope);
  const plain = Buffer.allocUnsafe(lengthBytes + envelopeBytes + body.length);
  plain.writeUInt32BE(envelopeBytes);
  plain.write(envelope, lengthBytes);
  plain.set(body, lengthBytes + envelopeBytes);
  const cipher = createCipheriv('aes-256-gcm', keyOf(leaf), nonceOf(belonging.eventId));
  cipher.setAAD(boundTo(belonging));
  const encrypted = cipher.update(plain);
  cipher.final();
  const data = Buffer.concat([encrypted, cipher.getAuthTag()]).toString('base64');
  return { enc: 'A256GCM', key, place: place.toString('hex'), encoding: 'base64', data };
};

/** @throws ContentAltered if the content was encrypted for something else, under another key, or was altered */
export const decrypt = (leaf: Buffer, belonging: Belonging, { data }: EncryptedBody): PlainContent => {
  const encrypted = Buffer.from(data, 'base64');
  let plain: Buffer;
  try {
    const cipher = createDecipheriv('aes-256-gcm', keyOf(leaf), nonceOf(belonging.eventId), {
      authTagLength: tagBytes,
    });
    cipher.setAAD(boundTo(belonging));
    cipher.setAuthTag(encrypted.subarray(-tagBytes));
    plain = Buffer.concat([cipher.update(encrypted.subarray(0, -tagBytes)), cipher.final()]);
  } catch (error) {
    throw new ContentAltered(belonging, error);
  }
  const end = lengthBytes + plain.readUInt32BE();
  const envelope = JSON.parse(plain.subarray(lengthBytes, end).toString('utf8')) as Envelope;
  return { ...envelope, body: plain.subarray(end) };
};

/** The members of an event with content in place of those without. */
export const withPlainContent = (
  data: WebhookPayloadReceived,
  { body, sourceIp, contentType, headers, deliveryName }: PlainContent,
): WebhookPayloadReceived => {
  const text = utf8Text(body);
  return {
    ...data,
    ...{ sourceIp, contentType, headers },
    dedupe: { ...data.dedupe, key: deliveryName },
    body:
      text === null
        ? { enc: null, encoding: 'base64', data: Buffer.from(body).toString('base64') }
        : { enc: null, encoding: 'utf8', data: text },
  };
};

export class ContentAltered extends Error {
  readonly code = 'content_altered';

  constructor({ webhookId, eventId }: Belonging, cause: unknown) {
    super(
      `The content of event ${eventId} (webhook ${webhookId}) cannot be decrypted: it was altered in the event store, or the table of content ` +
        'keys belongs to another installation.',
      { cause },
    );
    this.name = 'ContentAltered';
  }
}
