import { randomBytes } from 'node:crypto';
import type { WebhookPayloadReceived } from '@mission-control/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContentAltered, decrypt, encrypt, type PlainContent, withPlainContent } from './encrypt.ts';

const belonging = {
  webhookId: '6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c99',
  eventId: '018e0e5a-0000-7000-8000-000000000901',
};
const under = {
  key: '5d0c2f0e-8a55-4c5e-9d52-7c1f2a3b4c01',
  place: Buffer.from('0123456789ab00002a', 'hex'),
  leaf: Buffer.alloc(32, 7),
};
const content: PlainContent = {
  sourceIp: '192.0.2.7',
  contentType: 'text/plain',
  headers: [['content-type', 'text/plain']],
  deliveryName: 'd-1',
  body: Buffer.concat([Buffer.from([0, 1, 255]), Buffer.from('Grüße')]),
};

describe('encrypted content', () => {
  it('is what another implementation of AES-256-GCM gives', () => {
    // Computed by Python's cryptography.
    expect(encrypt(under, belonging, content)).toEqual({
      enc: 'A256GCM',
      key: under.key,
      place: '0123456789ab00002a',
      encoding: 'base64',
      data: 'lhO3wJjFCLuPb6PcnxQRxXFGW2VSax/sU7Rk/aL7bl9wscOkHtDUyIl1341wlrrZCxqsy9DuvTBjC1lvGNL2osHiA9XAjBnG9v6rbIGrC9q1i+3Gw773HqiiC1jnc5WyrhVxGQF1exPNr9liNmMigHIvxCDYYJ6ziYqa5OjQ3PV0zc9JakGOaiQLcq9oz3J/',
    });
  });

  it('opens to the same content, whatever that is', () => {
    const text = fc.string({ unit: 'binary' });
    const any = fc.record({
      sourceIp: text,
      contentType: fc.option(text),
      headers: fc.array(fc.tuple(text, text), { maxLength: 4 }),
      deliveryName: fc.option(text),
      body: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(any, (given) => {
        const opened = decrypt(under.leaf, belonging, encrypt(under, belonging, given));
        expect({ ...opened, body: [...opened.body] }).toEqual({ ...given, body: [...given.body] });
      }),
    );
  });

  it('does not open under another key, for another event or webhook, or altered in any byte', () => {
    const encrypted = encrypt(under, belonging, content);
    const refused = (open: () => unknown) => expect(open).toThrow(ContentAltered);
    refused(() => decrypt(randomBytes(32), belonging, encrypted));
    refused(() => decrypt(under.leaf, { ...belonging, webhookId: under.key }, encrypted));
    refused(() => decrypt(under.leaf, { ...belonging, eventId: under.key }, encrypted));
    const bytes = Buffer.from(encrypted.data, 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      refused(() => decrypt(under.leaf, belonging, { ...encrypted, data: altered.toString('base64') }));
    }
    refused(() => decrypt(under.leaf, belonging, { ...encrypted, data: '' }));
  });

  it('takes its members of the event back, with a body of the same bytes', () => {
    const data = { sourceIp: null, headers: [], dedupe: { key: null, source: 's' } } as unknown;
    expect(withPlainContent(data as WebhookPayloadReceived, content)).toMatchObject({
      ...{ sourceIp: '192.0.2.7', contentType: 'text/plain', headers: content.headers },
      dedupe: { key: 'd-1', source: 's' },
      body: { enc: null, encoding: 'base64', data: Buffer.from(content.body).toString('base64') },
    });
    expect(
      withPlainContent(data as WebhookPayloadReceived, { ...content, body: Buffer.from('Grüße') }).body,
    ).toEqual({ enc: null, encoding: 'utf8', data: 'Grüße' });
  });
});
