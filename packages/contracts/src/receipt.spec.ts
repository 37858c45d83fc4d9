import { describe, expect, it } from 'vitest';
import { parseReceipt, type ReceiptClaims, signedPartOf } from './receipt.ts';

const claims: ReceiptClaims = {
  payload_id: '0f9e8d7c-6b5a-5493-8271-605f4e3d2c11',
  board_id: '2f1b7a3e-7c41-4f0e-8a55-0c9b8f0d1e01',
  webhook_id: '6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c97',
  event_id: '018e0e5a-0000-7000-8000-000000000001',
  sha256: 'ab'.repeat(32),
  received_at: '2026-11-28T14:00:00.000Z',
};
const signature = Buffer.alloc(64, 7);
const text = `${signedPartOf('06e3fd8fda29bb60', claims)}.${signature.toString('base64url')}`;
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a receipt', () => {
  it('has the form that is published, because senders keep receipts', () => {
    expect(text).toBe(
      'eyJhbGciOiJFZERTQSIsImtpZCI6IjA2ZTNmZDhmZGEyOWJiNjAiLCJ0eXAiOiJwYXlsb2FkLXJlY2VpcHQifQ.' +
        'eyJwYXlsb2FkX2lkIjoiMGY5ZThkN2MtNmI1YS01NDkzLTgyNzEtNjA1ZjRlM2QyYzExIiwiYm9hcmRfaWQiOiIyZjFiN2EzZS03YzQxLTRmMGUt' +
        'OGE1NS0wYzliOGYwZDFlMDEiLCJ3ZWJob29rX2lkIjoiNmEwZDljNTItM2MwYi00YzVlLTlkNTItN2MxZjJhM2I0Yzk3IiwiZXZlbnRfaWQiOiIw' +
        'MThlMGU1YS0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDEiLCJzaGEyNTYiOiJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJh' +
        'YmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiIiwicmVjZWl2ZWRfYXQiOiIyMDI2LTExLTI4VDE0OjAwOjAwLjAwMFoifQ.' +
        'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw',
    );
  });

  it('is read back', () => {
    expect(parseReceipt(text)).toEqual({
      keyId: '06e3fd8fda29bb60',
      claims,
      signed: Buffer.from(text.slice(0, text.lastIndexOf('.'))),
      signature,
    });
  });

  it('may get more members later', () => {
    const [head, , sealed] = text.split('.');
    expect(parseReceipt(`${head}.${encoded({ ...claims, more: 1 })}.${sealed}`)).toMatchObject({ claims });
  });

  const [head, body, sealed] = text.split('.');
  it.each([
    ['nothing', ''],
    ['two parts', `${head}.${body}`],
    ['four parts', `${text}.${sealed}`],
    ['padding', `${text}==`],
    ['a line break', `${text}\n`],
    ['a short signature', text.slice(0, -1)],
    ['a header that is not JSON', `AAAA.${body}.${sealed}`],
    ['another algorithm', `${encoded({ alg: 'none', kid: 'x', typ: 'payload-receipt' })}.${body}.${sealed}`],
    ['another type', `${encoded({ alg: 'EdDSA', kid: 'x', typ: 'JWT' })}.${body}.${sealed}`],
    ['a claim too few', `${head}.${encoded({ ...claims, sha256: undefined })}.${sealed}`],
    ['a digest of another kind', `${head}.${encoded({ ...claims, sha256: 'AB' })}.${sealed}`],
  ])('is not read from a text with %s', (_, other) => {
    expect(parseReceipt(other)).toBeNull();
  });
});
