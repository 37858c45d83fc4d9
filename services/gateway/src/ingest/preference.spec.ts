import { expect, it } from 'vitest';
import { isPreferred } from './preference.ts';

it.each([
  'receipt',
  'Receipt',
  ' receipt ',
  'receipt=""',
  'receipt; foo=bar',
  'receipt;foo',
  'respond-async, wait=10, receipt',
  'respond-async,receipt',
  'foo="a, b", receipt',
  'foo="a \\" , b", receipt',
  'receipt, receipt=full',
])('%s asks for a receipt', (header) => {
  expect(isPreferred(header, 'receipt')).toBe(true);
});

it.each([
  undefined,
  '',
  ',',
  'return=minimal',
  'receipts',
  'x-receipt',
  'receipt=full',
  'receipt=full, receipt',
  'foo="a, receipt"',
  'foo="\\", receipt',
  'foo; receipt',
  'receipt foo',
])('%s does not', (header) => {
  expect(isPreferred(header, 'receipt')).toBe(false);
});
